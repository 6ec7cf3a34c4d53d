import {
  type Cron,
  cronExplanationSchema,
  cronListSchema,
  cronRunListSchema,
  cronRunQuerySchema,
  cronTriggerSchema,
} from '@santokit/contract';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { tableText } from '../output/table-text.ts';
import { optionalThing, parseRequest, parseWholeNumber, requireThing } from './thing.ts';

interface NameOption {
  readonly name?: string;
}

const CRON = { what: 'a cron', flag: '--name' };

export const defineCron: Define = (command, run) => {
  command.command('list').description('list the crons of the current release, and when each is due').action(run(list));
  command
    .command('status [cron]')
    .description('show the last runs, of all crons or of one')
    .option('--name <cron>', 'its name')
    .option('--limit <count>', 'how many runs at most', parseWholeNumber('--limit'), 50)
    .action(run(status));
  command
    .command('trigger [cron]')
    .description('run a cron now, once, on some Bridge')
    .option('--name <cron>', 'its name')
    .action(run(trigger));
  command
    .command('explain [cron]')
    .description('say when a cron is due, and its next five times')
    .option('--name <cron>', 'its name')
    .action(run(explain));
};

async function list(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('cronList', cronListSchema, { at });
  const rows = document.items.map((cron) => [cron.name, timingText(cron), cron.handler, cron.nextAt ?? 'disabled']);
  return { document, text: tableText(['cron', 'when', 'handler', 'next'], rows, 'No cron') };
}

async function status(
  invocation: Invocation,
  options: NameOption & { readonly limit: number },
  cron: string | undefined,
): Promise<Answer> {
  const name = optionalThing(cron, options.name, CRON);
  const { limit } = parseRequest(cronRunQuerySchema, { name, limit: options.limit });
  const { hub, at } = openEnv(invocation);
  const query = { limit: String(limit), ...(name === undefined ? {} : { name }) };
  const document = await hub.call('cronRuns', cronRunListSchema, { at, query });
  const rows = document.items.map((run) => [
    run.cron,
    run.dueAt,
    run.manual ? 'asked for' : 'due',
    run.status,
    run.durationMs === null ? '' : `${run.durationMs} ms`,
    run.error ?? '',
  ]);
  return { document, text: tableText(['cron', 'at', '', 'status', 'took', 'error'], rows, 'No run yet') };
}

async function trigger(invocation: Invocation, options: NameOption, cron: string | undefined): Promise<Answer> {
  const name = requireThing(cron, options.name, CRON);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('cronTrigger', cronTriggerSchema, { at: { ...at, name } });
  return { document, text: `Asked for: a Bridge runs it within seconds (stk cron status ${name})` };
}

async function explain(invocation: Invocation, options: NameOption, cron: string | undefined): Promise<Answer> {
  const name = requireThing(cron, options.name, CRON);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('cronExplain', cronExplanationSchema, { at: { ...at, name } });
  const heading = `${timingText(document)}: ${document.words}${document.enabled ? '' : '; disabled'}`;
  return { document, text: [heading, ...document.next].join('\n') };
}

function timingText({ schedule, everySeconds }: Cron): string {
  if (schedule !== null || everySeconds === null) return schedule ?? '';
  const [unit, size] = UNITS.find(([, size]) => everySeconds % size === 0) ?? ['s', 1];
  return `every ${everySeconds / size}${unit}`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const;
