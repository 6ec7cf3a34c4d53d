import {
  type LogicDetail,
  logicDetailSchema,
  logicListSchema,
  logicLogSchema,
  logicRunRequestSchema,
  logicRunSchema,
} from '@santokit/contract';
import { CliFailure } from '../cli-failure.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { logicLogText } from '../output/logic-log-text.ts';
import { printable, tableText } from '../output/table-text.ts';
import { type CallerOptions, callerOf, parseObject } from './caller.ts';
import { collectList, parseRequest, requireThing } from './thing.ts';

interface NameOption {
  readonly name?: string;
}

export const defineLogic: Define = (command, run) => {
  command.command('list').description('list the logic of the current release').action(run(listLogic));
  command
    .command('show [logic]')
    .description('show what a piece of logic takes, who may call it, and what it does')
    .option('--name <logic>', 'its name, such as users/purchase')
    .action(run(showLogic));
  command
    .command('run [logic]')
    .description(
      'run a piece of logic of the current release as a caller, on the database of the env, and show what its functions log; what it writes and publishes stays',
    )
    .option('--name <logic>', 'its name, such as users/purchase')
    .option('--as <caller>', 'user:ID for an end user, key for an API key', 'key')
    .option('--roles <roles>', 'roles of the caller, separated by commas', collectList)
    .option('--claims <json>', 'claims of an end user')
    .option('--params <json>', 'params of the call', '{}')
    .option('--rollback', 'undo what it does, once it has answered: no row and no event stays')
    .action(run(runLogic));
};

async function listLogic(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('logicList', logicListSchema, { at });
  const rows = document.items.map(({ name, kind, roles, changesRows, description }) => [
    name,
    kind,
    roles?.join(', ') ?? '',
    changesRows ? 'writes' : 'reads',
    description ?? '',
  ]);
  return { document, text: tableText(['logic', 'kind', 'roles', 'does', 'description'], rows, 'No logic') };
}

async function showLogic(invocation: Invocation, options: NameOption, logic: string | undefined): Promise<Answer> {
  const name = requireThing(logic, options.name, LOGIC);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('logicShow', logicDetailSchema, { at, query: { name } });
  return { document, text: detailText(document) };
}

const LOGIC = { what: 'a piece of logic such as users/purchase', flag: '--name' };

function detailText({
  name,
  description,
  connection,
  roles,
  condition,
  rules,
  params,
  statements,
}: LogicDetail): string {
  const lines = [
    description === null ? name : `${name}: ${description}`,
    `connection: ${connection}`,
    `roles: ${roles === null ? 'none named in its file' : roles.join(', ')}`,
    ...(condition === null ? [] : [`condition: ${condition}`]),
    ...(rules ?? []).map((rule) => `permissions: ${JSON.stringify(rule)}`),
    ...Object.entries(params).map(([param, spec]) => `param ${param}: ${JSON.stringify(spec)}`),
    ...statements.flatMap(({ sql, readOnly }) => [readOnly ? 'reads:' : 'writes:', ...sql.split('\n')]),
  ];
  return lines.map(printable).join('\n');
}

interface RunOptions extends NameOption, CallerOptions {
  readonly params: string;
  readonly rollback?: boolean;
}

async function runLogic(invocation: Invocation, options: RunOptions, logic: string | undefined): Promise<Answer> {
  const name = requireThing(logic, options.name, LOGIC);
  const body = parseRequest(logicRunRequestSchema, {
    name,
    as: callerOf(options),
    params: parseObject('--params', options.params),
    rollback: options.rollback === true,
  });
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('logicRun', logicRunSchema, { at, body }).catch((thrown: unknown) => {
    if (thrown instanceof CliFailure) showLog(invocation, thrown.details?.logs);
    throw thrown;
  });
  showLog(invocation, document.logs);
  const text = JSON.stringify(document.data, null, 2).split('\n').map(printable).join('\n');
  return { document, text: document.rolledBack ? `${text}\nNothing of it stays` : text };
}

/** Beside the answer; with `--json` it is part of the document. */
function showLog({ console }: Invocation, logs: unknown): void {
  const lines = logicLogSchema.safeParse(logs);
  if (console.json || !lines.success) return;
  for (const line of lines.data) console.note(logicLogText(line, console));
}
