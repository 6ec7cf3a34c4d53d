import {
  permissionsExplainRequestSchema,
  permissionsExplainSchema,
  permissionsImpactRequestSchema,
  permissionsImpactSchema,
} from '@santokit/contract';
import { type FailedFixture, testProject } from '@santokit/policy';
import { resolveContext } from '../context/context.ts';
import { EXIT } from '../exit-code.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { explanationText } from '../output/explanation-text.ts';
import { impactText } from '../output/impact-text.ts';
import { withProgress } from '../output/progress.ts';
import { printable } from '../output/table-text.ts';
import { projectBody } from '../project-folder/project-body.ts';
import { type CallerOptions, callerOf, parseObject } from './caller.ts';
import { collectList, parseRequest, parseWholeNumber, requireThing } from './thing.ts';

export const definePermissions: Define = (command, run) => {
  command
    .command('test')
    .description(
      'run tests/permissions/*.yaml against the rules in this folder, without a Hub or a database; 1 when one fails',
    )
    .action(run(testPermissions));
  command
    .command('explain [call]')
    .description('show which rule decides a call such as db/posts/select, and what it leaves of rows and columns')
    .option('--as <caller>', 'user:ID for an end user, key for an API key', 'key')
    .option('--roles <roles>', 'roles of the caller, separated by commas', collectList)
    .option('--claims <json>', 'claims of an end user')
    .option('--params <json>', 'params of the call (default: those of a plain one)')
    .option('--call <path>', 'the call')
    .option('--release', 'ask the current release, not the files in this folder')
    .action(run(explainPermissions));
  command
    .command('impact')
    .description('count in the live databases which rows and columns the rules in this folder would open or close')
    .option('--as <caller>', 'only for this caller: user:ID or key')
    .option('--roles <roles>', 'roles of that caller, separated by commas', collectList)
    .option('--claims <json>', 'claims of that caller')
    .option('--timeout <seconds>', 'most time to count (default: 30)', parseWholeNumber('--timeout'))
    .action(run(showImpact));
};

async function testPermissions(invocation: Invocation): Promise<Answer> {
  const { files } = projectBody(invocation);
  const env = resolveContext(invocation).env?.value ?? 'dev';
  const { passed, failed } = testProject(files, { timeMs: Date.now(), env });
  const document = {
    passed,
    failed: failed.map(({ file, name, expected, actual }) => ({ file, name, expected, actual })),
  };
  if (failed.length > 0) return { document, text: failedText(passed, failed), exitCode: EXIT.failed };
  return { document, text: passed === 0 ? 'There are no tests: write tests/permissions/*.yaml' : `${passed} passed` };
}

interface ExplainOptions extends CallerOptions {
  readonly params?: string;
  readonly call?: string;
  readonly release?: boolean;
}

async function explainPermissions(
  invocation: Invocation,
  options: ExplainOptions,
  call: string | undefined,
): Promise<Answer> {
  const path = requireThing(call, options.call, { what: 'a call such as db/posts/select', flag: '--call' });
  const request = {
    path,
    as: callerOf(options),
    ...(options.params === undefined ? {} : { params: parseObject('--params', options.params) }),
  };
  const { hub, at } = openEnv(invocation);
  const body = { ...(options.release === true ? {} : projectBody(invocation)), ...request };
  const document = await hub.call('permissionsExplain', permissionsExplainSchema, {
    at,
    body: parseRequest(permissionsExplainRequestSchema, body),
  });
  return { document, text: explanationText(document) };
}

interface ImpactOptions extends CallerOptions {
  readonly timeout?: number;
}

async function showImpact(invocation: Invocation, options: ImpactOptions): Promise<Answer> {
  const { console } = invocation;
  const { as, roles, claims, timeout } = options;
  const isOne = as !== undefined || roles !== undefined || claims !== undefined;
  const request = {
    ...(isOne ? { as: callerOf(options) } : {}),
    ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
  };
  const { hub, at } = openEnv(invocation);
  const body = parseRequest(permissionsImpactRequestSchema, { ...projectBody(invocation), ...request });
  const document = await withProgress(console, 'Counting', () =>
    hub.call('permissionsImpact', permissionsImpactSchema, { at, body }),
  );
  return { document, text: impactText(console.styleAnswer, document.impact) };
}

type Failed = readonly FailedFixture[];

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
