import { type PermissionsTest, permissionsTestSchema } from '@santokit/contract';
import { EXIT } from '../exit-code.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { withProgress } from '../output/progress.ts';
import { printable } from '../output/table-text.ts';
import { projectBody } from '../project-folder/project-body.ts';

export const definePermissions: Define = (command, run) => {
  command
    .command('test')
    .description('run tests/permissions/*.yaml against the rules in this folder, without a database; 1 when one fails')
    .action(run(testPermissions));
};

async function testPermissions(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const body = projectBody(invocation);
  const { passed, failed } = await withProgress(invocation.console, 'Testing', () =>
    hub.call('permissionsTest', permissionsTestSchema, { at, body }),
  );
  const document = {
    passed,
    failed: failed.map(({ file, name, expected, actual }) => ({ file, name, expected, actual })),
  };
  if (failed.length > 0) return { document, text: failedText(passed, failed), exitCode: EXIT.failed };
  return { document, text: passed === 0 ? 'There are no tests: write tests/permissions/*.yaml' : `${passed} passed` };
}

type Failed = PermissionsTest['failed'];

function failedText(passed: number, failed: Failed): string {
  const lines = failed.flatMap(({ file, name, expected, actual, reason }) => [
    `x ${file}: ${name}`,
    `    expected ${outcomeText(expected)}, got ${outcomeText(actual)}: ${reason}`,
  ]);
  return [...lines.map(printable), `${failed.length} failed, ${passed} passed`].join('\n');
}

function outcomeText(outcome: Failed[number]['expected']): string {
  return typeof outcome === 'string' ? outcome : `[${outcome.columns.join(', ')}]`;
}
