import { type CompiledPermissions, type Problem, type ProjectFile, StkError } from '@santokit/contract';
import { type ProjectModel, readProject } from '@santokit/project';
import { compilePermissions } from './permissions/compile-permissions.ts';

export interface CompiledProject {
  readonly model: ProjectModel;
  readonly permissions: CompiledPermissions;
  readonly warnings: readonly string[];
}

/**
 * Reads project files and compiles what they hold, but for logic.
 * @throws StkError `SCHEMA_VALIDATION_FAILED` with every problem of every file in `details.problems`
 */
export function compileProject(files: readonly ProjectFile[]): CompiledProject {
  const { problems, ...project } = judgeProject(files);
  requireSound(problems);
  return project;
}

/** As `compileProject`, with the problems beside what could be compiled, which is whole only where there are none. */
export function judgeProject(
  files: readonly ProjectFile[],
): CompiledProject & { readonly problems: readonly Problem[] } {
  const { model, problems, warnings } = readProject(files);
  const { permissions, problems: inRules } = compilePermissions(judgeableRules(model, problems), model.schema);
  return { model, permissions, warnings, problems: [...problems, ...inRules] };
}

/** @throws StkError `SCHEMA_VALIDATION_FAILED` where there are problems, in the order of files and lines */
export function requireSound(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new StkError('SCHEMA_VALIDATION_FAILED', `The project has ${count}`, { problems: problems.toSorted(byPlace) });
}

/**
 * The rules that can be judged: all of them, unless something is wrong in the schema. Then not those about a table that has a
 * problem or could not be read, for each of them would report the same a second time.
 */
function judgeableRules({ permissions, schema, positions }: ProjectModel, problems: readonly Problem[]) {
  const inSchema = problems.filter((problem) => problem.file.startsWith('schema/'));
  if (inSchema.length === 0) return permissions;
  const starts = Object.keys(schema).flatMap((name) => {
    const position = positions.get(name);
    return position === undefined ? [] : [{ name, position }];
  });
  const unsound = new Set(
    inSchema.map(
      (problem) =>
        starts
          .filter(({ position }) => position.file === problem.file && position.line <= problem.line)
          .toSorted((a, b) => b.position.line - a.position.line)[0]?.name,
    ),
  );
  const tables = permissions.tables.filter(
    ({ table }) => Object.hasOwn(schema, table.value) && !unsound.has(table.value),
  );
  return { ...permissions, tables };
}

function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
