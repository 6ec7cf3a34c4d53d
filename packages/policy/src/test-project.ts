import { type ProjectFile, StkError } from '@santokit/contract';
import { readFixtures } from '@santokit/project';
import { compileProject } from './compile-project.ts';
import { type FailedFixture, type FixtureScope, runFixtures } from './permissions/run-fixtures.ts';

/**
 * Decides the permission tests of project files by the rules of the same files. `at` is what `request.time` and `request.env` are, where
 * a test does not say.
 * @throws StkError `SCHEMA_VALIDATION_FAILED` with every problem of the files in `details.problems`
 */
export function testProject(
  files: readonly ProjectFile[],
  at: Pick<FixtureScope, 'timeMs' | 'env'>,
): { readonly passed: number; readonly failed: readonly FailedFixture[] } {
  const { model, permissions } = compileProject(files);
  const { fixtures, problems } = readFixtures(files, model.schema);
  if (problems.length > 0)
    throw new StkError('SCHEMA_VALIDATION_FAILED', 'The permission tests have problems', { problems: [...problems] });
  return runFixtures(fixtures, { schema: model.schema, permissions, ...at });
}
