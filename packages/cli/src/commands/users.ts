import { resolve } from 'node:path';
import {
  changedUserSchema,
  deletedUserSchema,
  endUserSchema,
  setUserRolesRequestSchema,
  USER_PAGE_MAX,
  userExportSchema,
  userListSchema,
} from '@santokit/contract';
import type { z } from 'zod';
import { CliFailure, usageFailure } from '../cli-failure.ts';
import { writePrivateJson } from '../context/private-file.ts';
import { type EnvSession, openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { confirm } from '../output/prompt.ts';
import { printable, tableText } from '../output/table-text.ts';
import { collectList, parseRequest, parseWholeNumber, requireThing } from './thing.ts';

type User = z.infer<typeof endUserSchema>;

interface ListOptions {
  readonly search?: string;
  readonly limit: number;
}

interface UserOption {
  readonly userId?: string;
}

const DEFAULT_LIMIT = 100;

export const defineUsers: Define = (command, run) => {
  command
    .command('list')
    .description("list the env's end users, newest first")
    .option('--search <part>', 'those whose email has this part; one or two characters: begins with them')
    .option('--limit <number>', 'how many', parseWholeNumber('--limit'), DEFAULT_LIMIT)
    .action(run(listUsers));
  const ofUser = (verb: string, description: string) =>
    command.command(`${verb} [user]`).description(description).option('--user-id <user>', 'id or email');
  ofUser('show', 'show one, by id or email').action(run(showUser));
  ofUser('set-roles', 'give the user these roles and no other; every session ends')
    .option('--roles <roles>', "separated by commas; '' for none", collectList)
    .action(run(setRoles));
  ofUser('disable', 'keep the user out; every session ends').action(run(changeUser('userDisable', 'Disabled')));
  ofUser('enable', 'let the user sign in again').action(run(changeUser('userEnable', 'Enabled')));
  ofUser('revoke-sessions', 'end every session of the user').action(
    run(changeUser('userRevokeSessions', 'Ended every session of')),
  );
  ofUser('export', 'print all that is held about the user, as one JSON document')
    .option('--output <file>', 'write it to this file instead, which only you may read')
    .action(run(exportUser));
  ofUser('delete', 'remove the user and all that is held about them')
    .option('--export <file>', 'write all of it to this file first, which only you may read')
    .action(run(deleteUser));
};

async function listUsers(invocation: Invocation, { search, limit }: ListOptions): Promise<Answer> {
  if (limit === 0) throw usageFailure('--limit must be at least 1');
  if (search === '') throw usageFailure('--search must say a part of an email');
  const { hub, at } = openEnv(invocation);
  const items: User[] = [];
  let after: string | undefined;
  do {
    const page = { search, after, limit: String(Math.min(limit - items.length, USER_PAGE_MAX)) };
    const answer = await hub.call('userList', userListSchema, { at, query: page });
    items.push(...answer.items);
    after = answer.next;
  } while (after !== undefined && items.length < limit);
  const rows = items.map((user) => [
    user.id,
    user.email ?? '',
    user.roles.join(','),
    user.disabled ? 'disabled' : '',
    user.createdAt,
  ]);
  const more = after === undefined ? '' : `\nThere are more: --limit or --search`;
  const text = tableText(['id', 'email', 'roles', '', 'created'], rows, 'No users') + more;
  return { document: { items }, text };
}

async function showUser(invocation: Invocation, options: UserOption, positional?: string): Promise<Answer> {
  const session = openEnv(invocation);
  const id = await userIdOf(session, options, positional);
  const document = await session.hub.call('userShow', endUserSchema, { at: { ...session.at, id } });
  const roles = document.roles.length === 0 ? 'no roles' : document.roles.join(', ');
  const state = document.disabled ? ', disabled' : '';
  return {
    document,
    text: printable(`${document.id}  ${document.email ?? 'no email'}  ${roles}${state}, since ${document.createdAt}`),
  };
}

async function setRoles(
  invocation: Invocation,
  options: UserOption & { readonly roles?: readonly string[] },
  positional?: string,
): Promise<Answer> {
  if (options.roles === undefined) throw usageFailure('Say which roles the user is to have: --roles a,b');
  const body = parseRequest(setUserRolesRequestSchema, { roles: [...options.roles] });
  const session = openEnv(invocation);
  const id = await userIdOf(session, options, positional);
  const document = await session.hub.call('userSetRoles', changedUserSchema, { at: { ...session.at, id }, body });
  const roles = document.roles.length === 0 ? 'no roles' : document.roles.join(', ');
  return { document, text: printable(`${document.email ?? id} has ${roles} now; every session from before has ended`) };
}

function changeUser(route: 'userDisable' | 'userEnable' | 'userRevokeSessions', done: string) {
  return async (invocation: Invocation, options: UserOption, positional?: string): Promise<Answer> => {
    const session = openEnv(invocation);
    const id = await userIdOf(session, options, positional);
    const document = await session.hub.call(route, changedUserSchema, { at: { ...session.at, id } });
    return { document, text: printable(`${done} ${document.email ?? id}`) };
  };
}

async function exportUser(
  invocation: Invocation,
  options: UserOption & { readonly output?: string },
  positional?: string,
): Promise<Answer> {
  const session = openEnv(invocation);
  const id = await userIdOf(session, options, positional);
  const document = await session.hub.call('userExport', userExportSchema, { at: { ...session.at, id } });
  if (options.output === undefined) return { document, text: JSON.stringify(document, null, 2) };
  const file = resolve(invocation.cwd, options.output);
  writePrivateJson(file, document);
  return { document: { id, file }, text: `Wrote all that is held about ${id} to ${file}` };
}

async function deleteUser(
  invocation: Invocation,
  options: UserOption & { readonly export?: string },
  positional?: string,
): Promise<Answer> {
  const { console, flags } = invocation;
  const session = openEnv(invocation);
  const id = await userIdOf(session, options, positional);
  const at = { ...session.at, id };
  const what = `Removing the user ${id} cannot be undone`;
  if (flags.yes !== true && !(console.interactive && (await confirm(console, `${what}. Remove it?`))))
    throw new CliFailure('DESTRUCTIVE_CHANGE', `${what}: confirm it with --yes`);
  if (options.export !== undefined)
    writePrivateJson(
      resolve(invocation.cwd, options.export),
      await session.hub.call('userExport', userExportSchema, { at }),
    );
  const document = await session.hub.call('userDelete', deletedUserSchema, { at });
  return { document, text: `Removed the user ${id}` };
}

/** Users are named by id or by email. */
async function userIdOf({ hub, at, env }: EnvSession, options: UserOption, positional?: string): Promise<string> {
  const who = requireThing(positional, options.userId, { what: 'the user, by id or email', flag: '--user-id' });
  if (!who.includes('@')) return who;
  const { items } = await hub.call('userList', userListSchema, { at, query: { email: who } });
  const [user] = items;
  if (user === undefined) throw new CliFailure('NOT_FOUND', `The env "${env}" has no user with the email ${who}`);
  return user.id;
}
