import {
  deadLetterDetailSchema,
  deadLetterListSchema,
  deadLetterQuerySchema,
  deadLetterSelectionSchema,
  type EventTopicDetail,
  eventTopicDetailSchema,
  eventTopicListSchema,
  purgedDeadLettersSchema,
  replayedDeadLettersSchema,
  resetBreakerSchema,
} from '@santokit/contract';
import { CliFailure } from '../cli-failure.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { confirm } from '../output/prompt.ts';
import { printable, tableText } from '../output/table-text.ts';
import { parseRequest, parseWholeNumber, requireThing } from './thing.ts';

interface FilterOptions {
  readonly topic?: string;
  readonly subscription?: string;
}

interface SelectionOptions extends FilterOptions {
  readonly all?: boolean;
}

export const defineEvents: Define = (command, run) => {
  const topics = command.command('topics').alias('topic').description('what may be published, and who is told of it');
  topics
    .command('list', { isDefault: true })
    .description('list the topics of the current release')
    .action(run(listTopics));
  topics
    .command('get [topic]')
    .alias('show')
    .description('show a topic: its fields, triggers and subscriptions, and how these keep up')
    .option('--name <topic>', 'its name')
    .action(run(getTopic));
  const dlq = command.command('dlq').description('dead letters: events that could not be handled');
  const filtered = (verb: string, isDefault = false) =>
    dlq
      .command(verb, { isDefault })
      .option('--topic <topic>', 'those of a topic')
      .option('--subscription <subscription>', 'those of a subscription');
  filtered('list', true)
    .description('list dead letters, the newest first')
    .option('--limit <count>', 'how many at most', parseWholeNumber('--limit'), 100)
    .action(run(listDeadLetters));
  dlq
    .command('inspect [id]')
    .alias('show')
    .description('show a dead letter with its payload and last error')
    .option('--id <id>', 'its id')
    .action(run(inspectDeadLetter));
  filtered('replay [ids...]')
    .description('deliver dead letters again, each to the subscription that could not handle it')
    .option('--all', 'all of them')
    .action(run(replay));
  filtered('purge [ids...]').description('throw dead letters away').option('--all', 'all of them').action(run(purge));
  command
    .command('breaker')
    .description('what keeps failing subscriptions from being tried')
    .command('reset [subscription]')
    .description('deliver to a subscription again at once')
    .option('--name <subscription>', 'its name')
    .action(run(resetBreaker));
};

async function listTopics(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('eventTopicList', eventTopicListSchema, { at });
  const rows = document.items.map(({ name, subscriptions, triggers }) => [
    name,
    subscriptions.join(', '),
    String(triggers),
  ]);
  return { document, text: tableText(['topic', 'subscriptions', 'triggers'], rows, 'No topic') };
}

async function getTopic(
  invocation: Invocation,
  options: { readonly name?: string },
  topic: string | undefined,
): Promise<Answer> {
  const name = requireThing(topic, options.name, { what: 'a topic', flag: '--name' });
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('eventTopicShow', eventTopicDetailSchema, { at: { ...at, name } });
  return { document, text: topicText(document) };
}

function topicText({ name, retentionSeconds, schema, triggers, subscriptions }: EventTopicDetail): string {
  const rows = subscriptions.map((each) => [
    each.name,
    each.handler,
    `${each.waiting} waiting`,
    `${each.deadLetters} dead`,
    each.breaker === 'open' ? `open since ${each.breakerOpenedAt}` : `closed, ${each.failures} failed`,
  ]);
  return [
    printable(`${name}: kept for ${retentionSeconds} s`),
    ...Object.entries(schema).map(([field, spec]) => printable(`field ${field}: ${JSON.stringify(spec)}`)),
    ...triggers.map(({ on, table }) => printable(`on ${on} of ${table}`)),
    tableText(['subscription', 'handler', 'deliveries', 'dead letters', 'breaker'], rows, 'No subscription'),
  ].join('\n');
}

async function listDeadLetters(
  invocation: Invocation,
  options: FilterOptions & { readonly limit: number },
): Promise<Answer> {
  const { topic, subscription, limit } = options;
  parseRequest(deadLetterQuerySchema, { topic, subscription, limit });
  const { hub, at } = openEnv(invocation);
  const query = { limit: String(limit), ...definedOf({ topic, subscription }) };
  const document = await hub.call('deadLetterList', deadLetterListSchema, { at, query });
  const rows = document.items.map((letter) => [
    letter.id,
    letter.topic,
    letter.subscription,
    String(letter.attempts),
    letter.failedAt,
    letter.lastError,
  ]);
  const headings = ['id', 'topic', 'subscription', 'tries', 'failed at', 'last error'];
  return { document, text: tableText(headings, rows, 'No dead letter') };
}

async function inspectDeadLetter(
  invocation: Invocation,
  options: { readonly id?: string },
  letter: string | undefined,
): Promise<Answer> {
  const id = requireThing(letter, options.id, { what: 'a dead letter', flag: '--id' });
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('deadLetterShow', deadLetterDetailSchema, { at: { ...at, id } });
  return { document, text: JSON.stringify(document, null, 2).split('\n').map(printable).join('\n') };
}

async function replay(
  invocation: Invocation,
  options: SelectionOptions,
  ids?: string | readonly string[],
): Promise<Answer> {
  const body = selectionOf(options, ids);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('deadLetterReplay', replayedDeadLettersSchema, { at, body });
  return { document, text: `${document.replayed} to be delivered again` };
}

async function purge(
  invocation: Invocation,
  options: SelectionOptions,
  ids?: string | readonly string[],
): Promise<Answer> {
  const body = selectionOf(options, ids);
  const { console, flags } = invocation;
  const what = 'Dead letters that are thrown away are gone for good';
  if (flags.yes !== true && !(console.interactive && (await confirm(console, `${what}. Throw them away?`))))
    throw new CliFailure('DESTRUCTIVE_CHANGE', `${what}: confirm it with --yes`);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('deadLetterPurge', purgedDeadLettersSchema, { at, body });
  return { document, text: `${document.purged} thrown away` };
}

function selectionOf({ topic, subscription, all }: SelectionOptions, named: string | readonly string[] = []) {
  const ids = [named].flat();
  return parseRequest(deadLetterSelectionSchema, {
    ...definedOf({ topic, subscription, all }),
    ...(ids.length === 0 ? {} : { ids }),
  });
}

async function resetBreaker(
  invocation: Invocation,
  options: { readonly name?: string },
  subscription: string | undefined,
): Promise<Answer> {
  const name = requireThing(subscription, options.name, { what: 'a subscription', flag: '--name' });
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('breakerReset', resetBreakerSchema, { at: { ...at, name } });
  return { document, text: document.wasOpen ? `Delivering to ${name} again` : `The breaker of ${name} was not open` };
}

function definedOf<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
