import { type CompiledPermissions, type Problem, type ProjectFile, StkError } from '@santokit/contract';
import { compilePermissions } from '@santokit/policy';
import { type ProjectModel, readProject } from '@santokit/project';

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
  const compiled = compilePermissions(model.permissions, model.schema);
  // A table that could not be read would be reported a second time, as missing, by every rule about it.
  const all: readonly Problem[] = problems.length > 0 ? problems : compiled.problems;
  if (all.length > 0) {
    const count = all.length === 1 ? 'a problem' : `${all.length} problems`;
    throw new StkError('SCHEMA_VALIDATION_FAILED', `The project has ${count}`, { problems: all });
  }
  return { model, permissions: compiled.permissions, warnings };
}
