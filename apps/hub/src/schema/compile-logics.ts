import type { CompiledLogic, CompiledLogics, Problem } from '@santokit/contract';
import type { CompiledProject } from '@santokit/policy';
import { type BuiltArtifact, compileSqlLogic, type FunctionBuilder, loadSqlParser } from '@santokit/runtime/build';

export interface LogicsOfFiles {
  /** Undefined where there is none. */
  readonly logics: CompiledLogics | undefined;
  readonly artifacts: readonly BuiltArtifact[];
  readonly problems: readonly Problem[];
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
  return { logics: Object.keys(logics).length === 0 ? undefined : logics, artifacts: built.artifacts, problems };
}
