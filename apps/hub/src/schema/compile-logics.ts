import type { CompiledLogic, CompiledLogics, Problem } from '@santokit/contract';
import type { CompiledProject } from '@santokit/policy';
import { type BuiltArtifact, compileSqlLogic, type FunctionBuilder, loadSqlParser } from '@santokit/runtime/build';

export interface LogicsOfFiles {
  /** Undefined where there is none. */
  readonly logics: CompiledLogics | undefined;
  readonly artifacts: readonly BuiltArtifact[];
  readonly problems: readonly Problem[];
  /** Whether a piece of logic is, or may be, there and does not compile: it has a problem of its own, and nobody misses it. */
  readonly isBroken: (name: string) => boolean;
}

/** Compiles all logic of a project, SQL and TypeScript. */
export async function compileLogics(
  functions: FunctionBuilder,
  { model: { sqlLogics, functionFiles } }: CompiledProject,
): Promise<LogicsOfFiles> {
  const problems: Problem[] = [];
  const logics: Record<string, CompiledLogic> = {};
  if (sqlLogics.length > 0) {
    const parser = await loadSqlParser();
    for (const source of sqlLogics) {
      const logic = compileSqlLogic(source, parser, problems);
      if (logic !== undefined) logics[source.name] = logic;
    }
  }
  const built = await functions.build(functionFiles);
  problems.push(...built.problems);
  for (const [name, logic] of Object.entries(built.logics)) {
    const namesake = sqlLogics.find((source) => source.name === name);
    if (namesake !== undefined) problems.push({ ...namesake.at, message: `A function has the name ${name}, too` });
    logics[name] = logic;
  }
  // Which functions a file has is not known before all files are sound.
  const unknown = built.problems.length === 0 ? [] : functionFiles.map(({ path }) => nameOf(path));
  const isBroken = (name: string) =>
    !Object.hasOwn(logics, name) &&
    (sqlLogics.some((source) => source.name === name) || unknown.some((file) => mayBeOf(file, name)));
  return {
    logics: Object.keys(logics).length === 0 ? undefined : logics,
    artifacts: built.artifacts,
    problems,
    isBroken,
  };
}

function nameOf(path: string): string {
  return path.slice('logics/'.length, -'.ts'.length);
}

/** `users/byEmail` may be the export of `users`, and `users` its default. */
function mayBeOf(file: string, name: string): boolean {
  return name === file || name.slice(0, Math.max(0, name.lastIndexOf('/'))) === file;
}
