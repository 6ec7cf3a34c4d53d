import { setTimeout as sleep } from 'node:timers/promises';
import {
  connectionListSchema,
  connectionSchema,
  connectionTestSchema,
  ENGINE_NAMES,
  removedConnectionSchema,
  resourceNameSchema,
  rotateConnectionRequestSchema,
  rotatedConnectionSchema,
  setConnectionRequestSchema,
} from '@santokit/contract';
import { Option } from 'commander';
import type { z } from 'zod';
import { usageFailure } from '../cli-failure.ts';
import { EXIT } from '../exit-code.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import type { Console } from '../output/console.ts';
import { withProgress } from '../output/progress.ts';
import { printable, tableText } from '../output/table-text.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { readStandardInput } from './standard-input.ts';
import { parseRequest, parseWholeNumber, requireThing } from './thing.ts';

interface NameOption {
  readonly name?: string;
}

interface SetOptions extends NameOption {
  readonly engine: (typeof ENGINE_NAMES)[number];
  readonly dbUrl?: string;
}

interface RotateOptions extends NameOption {
  readonly dbUrl?: string;
  readonly undo?: boolean;
  readonly timeout: number;
}

type Connection = z.infer<typeof connectionSchema>;

const POLL_MS = 300;

export const defineConnections: Define = (command, run) => {
  command
    .command('set [name]')
    .description('register a database, or change where it is')
    .option('--name <name>', 'what schema files call it, such as main')
    .addOption(new Option('--engine <engine>', 'kind of database').choices(ENGINE_NAMES).default('postgres'))
    .option('--db-url <url>', 'its URL; - reads it from standard input')
    .action(run(setConnection));
  command.command('list').description("list an env's connections").action(run(listConnections));
  command
    .command('show [name]')
    .description('show one, without its password')
    .option('--name <name>')
    .action(run(showConnection));
  command
    .command('rotate [name]')
    .description('change the URL under traffic: tested first, the old one kept until every Bridge has followed')
    .option('--name <name>')
    .option('--db-url <url>', 'the new URL; - reads it from standard input')
    .option('--undo', 'back to the URL that the rotation under way began with')
    .option('--timeout <seconds>', 'how long to wait for the Bridges', parseWholeNumber('--timeout'), 60)
    .action(run(rotateConnection));
  command
    .command('remove [name]')
    .description('forget a database that no table of the current release is on')
    .option('--name <name>')
    .action(run(removeConnection));
  command
    .command('test [name]')
    .description('connect from the Hub')
    .option('--name <name>')
    .action(run(testConnection));
};

async function rotateConnection(invocation: Invocation, options: RotateOptions, positional?: string): Promise<Answer> {
  const name = connectionName(options, positional);
  const { hub, at } = openEnv(invocation);
  const place = { at: { ...at, name } };
  const body = await rotationOf(invocation, options);
  const { waitingFor, ...begun } = await hub.call('connectionRotate', rotatedConnectionSchema, { ...place, body });
  const isOver = ({ rotatingFrom }: Connection) => rotatingFrom === null;
  const document = await withProgress(invocation.console, `Waiting for ${waitingFor.length} Bridges`, async () => {
    const endMs = Date.now() + options.timeout * 1_000;
    for (let now: Connection = begun; ; now = await hub.call('connectionShow', connectionSchema, place)) {
      if (isOver(now) || now.version !== begun.version || Date.now() >= endMs) return now;
      await sleep(POLL_MS);
    }
  });
  const text = `${name} is at version ${document.version}: ${placeText(document)}`;
  if (isOver(document)) return { document, text: printable(text) };
  const waits = `not every Bridge has followed within ${options.timeout} s, so version ${document.rotatingFrom} is kept; see stk bridge status`;
  return { document, text: printable(`${text}; ${waits}`), exitCode: EXIT.failed };
}

async function rotationOf({ console }: Invocation, { dbUrl, undo }: RotateOptions) {
  if (undo === true && dbUrl === undefined) return { undo };
  if (dbUrl === undefined || undo === true)
    throw usageFailure(
      'Say where the database is with --db-url postgres://… (- reads it from standard input), or --undo',
    );
  return parseRequest(rotateConnectionRequestSchema, { url: await databaseUrl(console, dbUrl) });
}

async function removeConnection(invocation: Invocation, options: NameOption, positional?: string): Promise<Answer> {
  const name = connectionName(options, positional);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('connectionRemove', removedConnectionSchema, { at: { ...at, name } });
  return { document, text: `Removed connection ${name}; its database is as it was` };
}

async function setConnection(invocation: Invocation, options: SetOptions, positional?: string): Promise<Answer> {
  const name = connectionName(options, positional);
  if (options.dbUrl === undefined)
    throw usageFailure('Say where the database is: --db-url postgres://… (- reads it from standard input)');
  const { hub, at } = openEnv(invocation);
  const url = await databaseUrl(invocation.console, options.dbUrl);
  const body = parseRequest(setConnectionRequestSchema, { engine: options.engine, url });
  const document = await hub.call('connectionSet', connectionSchema, { at: { ...at, name }, body });
  return { document, text: `Set connection ${name}: ${placeText(document)}` };
}

async function listConnections(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('connectionList', connectionListSchema, { at });
  const rows = document.items.map((item) => [item.name, item.engine, placeText(item), item.updatedAt]);
  return { document, text: tableText(['name', 'engine', 'where', 'set'], rows, 'No connections') };
}

async function showConnection(invocation: Invocation, options: NameOption, positional?: string): Promise<Answer> {
  const name = connectionName(options, positional);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('connectionShow', connectionSchema, { at: { ...at, name } });
  return {
    document,
    text: printable(`${document.name}: ${document.engine} at ${placeText(document)}, version ${document.version}`),
  };
}

async function testConnection(invocation: Invocation, options: NameOption, positional?: string): Promise<Answer> {
  const name = connectionName(options, positional);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('connectionTest', connectionTestSchema, { at: { ...at, name } });
  return {
    document,
    text: printable(`${name} answers: ${document.serverVersion}, ${Math.round(document.latencyMs)} ms`),
  };
}

async function databaseUrl(console: Console, given: string): Promise<string> {
  return parseDatabaseUrl(given === '-' ? await readStandardInput(console, '--db-url -') : given);
}

function connectionName(options: NameOption, positional: string | undefined): string {
  return parseRequest(
    resourceNameSchema,
    requireThing(positional, options.name, { what: 'the connection', flag: '--name' }),
  );
}

function placeText(connection: z.infer<typeof connectionSchema>): string {
  return `${connection.user}@${connection.host}:${connection.port}/${connection.database}`;
}
