import { createdTokenSchema, createTokenRequestSchema, PROJECT_ROLES, tokenListSchema } from '@santokit/contract';
import { Option } from 'commander';
import { openHub, openProject } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { tableText } from '../output/table-text.ts';
import { parseRequest, parseWholeNumber, requireThing } from './thing.ts';

interface CreateOptions {
  readonly name?: string;
  readonly role: (typeof PROJECT_ROLES)[number];
  readonly expiresInDays?: number;
}

export const defineToken: Define = (command, run) => {
  command
    .command('create [name]')
    .description('create a personal access token for one project; it is shown once')
    .option('--name <name>')
    .addOption(new Option('--role <role>', 'what it may do').choices(PROJECT_ROLES).default('deployer'))
    .option(
      '--expires-in-days <days>',
      'days until it ends, at most 366 (default: 90)',
      parseWholeNumber('--expires-in-days'),
    )
    .action(run(createToken));
  command.command('list').description('list your tokens').action(run(listTokens));
  command.command('revoke [token-id]').description('end a token').option('--token-id <id>').action(run(revokeToken));
};

async function createToken(invocation: Invocation, options: CreateOptions, positional?: string): Promise<Answer> {
  const name = requireThing(positional, options.name, { what: 'the token', flag: '--name' });
  const { hub, project } = openProject(invocation);
  const body = parseRequest(createTokenRequestSchema, {
    name,
    project,
    role: options.role,
    ...(options.expiresInDays === undefined ? {} : { expiresInDays: options.expiresInDays }),
  });
  const document = await hub.call('tokenCreate', createdTokenSchema, { body });
  return {
    document,
    text: `${document.token}\nShown once; ${document.role} of ${document.project} until ${document.expiresAt}`,
  };
}

async function listTokens(invocation: Invocation): Promise<Answer> {
  const document = await openHub(invocation).hub.call('tokenList', tokenListSchema);
  const rows = document.items.map((token) => [token.id, token.name, token.project, token.role, token.expiresAt]);
  return { document, text: tableText(['id', 'name', 'project', 'role', 'expires'], rows, 'No tokens') };
}

async function revokeToken(
  invocation: Invocation,
  options: { tokenId?: string },
  positional?: string,
): Promise<Answer> {
  const id = requireThing(positional, options.tokenId, { what: 'the token', flag: '--token-id' });
  await openHub(invocation).hub.send('tokenRevoke', { at: { id } });
  return { document: { id, revoked: true }, text: `Revoked token ${id}` };
}
