import { type CompiledPermissions, type Problem, type ProjectFile, StkError } from '@santokit/contract';
import { compilePermissions } from '@santokit/policy';
import { type PermissionsSource, type ProjectModel, readProject } from '@santokit/project';

export interface ReadFiles {
  readonly model: ProjectModel;
  readonly permissions: CompiledPermissions;
  readonly warnings: readonly string[];
}

/**
 * Reads project files and compiles what they hold.
 * @throws StkError `SCHEMA_VALIDATION_FAILED` with every problem of every file in `details.problems`
 */
export function readFiles(files: readonly ProjectFile[]): ReadFiles {
  const { model, problems, warnings } = readProject(files);
  const compiled = compilePermissions(aboutReadableTables(model, problems), model.schema);
  const all = [...problems, ...compiled.problems];
  if (all.length > 0) {
    const count = all.length === 1 ? 'a problem' : `${all.length} problems`;
    throw new StkError('SCHEMA_VALIDATION_FAILED', `The project has ${count}`, { problems: all });
  }
  return { model, permissions: compiled.permissions, warnings };
}

/** The rules about tables whose files are in order: about another, every rule would report a second time what is missing there. */
function aboutReadableTables(
  { permissions, positions }: ProjectModel,
  problems: readonly Problem[],
): PermissionsSource {
  const broken = new Set(problems.map((problem) => problem.file).filter((file) => file.startsWith('schema/')));
  if (broken.size === 0) return permissions;
  return {
    tables: permissions.tables.filter(({ table }) => {
      const file = positions.get(table.value)?.file;
      return file !== undefined && !broken.has(file);
    }),
  };
}
