import {
  connectionListSchema,
  connectionSchema,
  connectionTestSchema,
  ENGINE_NAMES,
  resourceNameSchema,
  setConnectionRequestSchema,
} from '@santokit/contract';
import { Option } from 'commander';
import type { z } from 'zod';
import { usageFailure } from '../cli-failure.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { printable, tableText } from '../output/table-text.ts';
import { readStandardInput } from './standard-input.ts';
import { parseRequest, requireThing } from './thing.ts';

interface NameOption {
  readonly name?: string;
}

interface SetOptions extends NameOption {
  readonly engine: (typeof ENGINE_NAMES)[number];
  readonly dbUrl?: string;
}

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
    .command('test [name]')
    .description('connect from the Hub')
    .option('--name <name>')
    .action(run(testConnection));
};

async function setConnection(invocation: Invocation, options: SetOptions, positional?: string): Promise<Answer> {
  const name = connectionName(options, positional);
  if (options.dbUrl === undefined)
    throw usageFailure('Say where the database is: --db-url postgres://… (- reads it from standard input)');
  const { hub, at } = openEnv(invocation);
  const url = options.dbUrl === '-' ? await readStandardInput(invocation.console, '--db-url -') : options.dbUrl;
  const body = parseRequest(setConnectionRequestSchema, { engine: options.engine, url });
  const document = await hub.call('connectionSet', connectionSchema, { at: { ...at, name }, body });
  return { document, text: `Set connection ${name}: ${place(document)}` };
}

async function listConnections(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('connectionList', connectionListSchema, { at });
  const rows = document.items.map((item) => [item.name, item.engine, place(item), item.updatedAt]);
  return { document, text: tableText(['name', 'engine', 'where', 'set'], rows, 'No connections') };
}

async function showConnection(invocation: Invocation, options: NameOption, positional?: string): Promise<Answer> {
  const name = connectionName(options, positional);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('connectionShow', connectionSchema, { at: { ...at, name } });
  return {
    document,
    text: printable(`${document.name}: ${document.engine} at ${place(document)}, version ${document.version}`),
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

function connectionName(options: NameOption, positional: string | undefined): string {
  return parseRequest(
    resourceNameSchema,
    requireThing(positional, options.name, { what: 'the connection', flag: '--name' }),
  );
}

function place(connection: z.infer<typeof connectionSchema>): string {
  return `${connection.user}@${connection.host}:${connection.port}/${connection.database}`;
}
