import { apiKeyListSchema, createApiKeyRequestSchema, createdApiKeySchema } from '@santokit/contract';
import { usageFailure } from '../cli-failure.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { tableText } from '../output/table-text.ts';
import { collectList, parseRequest, parseWholeNumber, requireThing } from './thing.ts';

interface CreateOptions {
  readonly name?: string;
  readonly roles?: readonly string[];
  readonly expiresInDays?: number;
}

export const defineApiKey: Define = (command, run) => {
  command
    .command('create [name]')
    .description('create an API key of an env; its secret is shown once')
    .option('--name <name>')
    .option('--roles <roles>', 'its roles, separated by commas', collectList)
    .option('--expires-in-days <days>', 'days until it ends (default: never)', parseWholeNumber('--expires-in-days'))
    .action(run(createApiKey));
  command.command('list').description("list an env's API keys").action(run(listApiKeys));
  command.command('revoke [key-id]').description('end an API key').option('--key-id <id>').action(run(revokeApiKey));
};

async function createApiKey(invocation: Invocation, options: CreateOptions, positional?: string): Promise<Answer> {
  const name = requireThing(positional, options.name, { what: 'the API key', flag: '--name' });
  if (options.roles === undefined) throw usageFailure('Say what the key may do: --roles a,b');
  const body = parseRequest(createApiKeyRequestSchema, {
    name,
    roles: [...options.roles],
    ...(options.expiresInDays === undefined ? {} : { expiresInDays: options.expiresInDays }),
  });
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('apiKeyCreate', createdApiKeySchema, { at, body });
  return { document, text: `${document.key}\nShown once; key ${document.keyId} with ${document.roles.join(', ')}` };
}

async function listApiKeys(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('apiKeyList', apiKeyListSchema, { at });
  const rows = document.items.map((key) => [
    key.keyId,
    key.name,
    key.roles.join(','),
    key.createdAt,
    key.expiresAt ?? 'never',
  ]);
  return { document, text: tableText(['id', 'name', 'roles', 'created', 'expires'], rows, 'No API keys') };
}

async function revokeApiKey(invocation: Invocation, options: { keyId?: string }, positional?: string): Promise<Answer> {
  const keyId = requireThing(positional, options.keyId, { what: 'the API key', flag: '--key-id' });
  const { hub, at } = openEnv(invocation);
  await hub.send('apiKeyRevoke', { at: { ...at, keyId } });
  return { document: { keyId, revoked: true }, text: `Revoked API key ${keyId}` };
}
