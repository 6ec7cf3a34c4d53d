import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callBridge } from './support/bridge-client.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { stk, stkJson } from './support/stk.ts';

const PAGE = 'https://app.example.com';
const FILES = {
  'schema/notes.yaml': 'version: 1\ntables:\n  notes:\n    columns:\n      text: { type: string }\n',
  'config/permissions.yaml':
    'version: 1\ntables:\n  notes:\n    select: { roles: [user] }\n    insert: { roles: [editor] }\n',
  'config/auth.yaml': `signup: open\ndefaultRoles: [user]\norigins: ["${PAGE}"]\n`,
};
const PASSWORD = 'correct horse';
let dir: string;
let stack: DevStack;
let count = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stk-users-'));
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(join(dir, path, '..'), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  stack = await startDevStack(dir);
}, 60_000);
afterAll(async () => {
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string; readonly email: string };
}

async function hub(path: string, body: object, headers: Record<string, string> = {}) {
  const { hubUrl, project, env } = stack.ready;
  const response = await fetch(`${hubUrl}/endusers/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ project, env, ...body }),
  });
  const { data } = (await response.json()) as { data: Session };
  return { status: response.status, data, cookies: response.headers.getSetCookie() };
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const signUp = async () => (await hub('signup', { email: `user-${count++}@example.com`, password: PASSWORD })).data;
const call = async (op: string, token: string, params: object = {}) =>
  (await callBridge(stack.ready.bridgeUrl, `db/notes/${op}`, params, { token })).status;
const at = () => ({ cwd: dir, env: stack.env });

/** How long a Bridge still takes a token. */
async function untilRefused(token: string): Promise<number> {
  const startedMs = performance.now();
  while ((await call('select', token)) !== 401 && performance.now() - startedMs < 20_000) await sleep(20);
  return performance.now() - startedMs;
}

describe('a Bridge refuses the tokens of a user', () => {
  it.each<[string, (session: Session) => Promise<unknown>]>([
    ['who signs out everywhere', ({ accessToken }) => hub('logout-all', {}, bearer(accessToken))],
    [
      'who changes their password',
      ({ accessToken }) =>
        hub('password/change', { currentPassword: PASSWORD, newPassword: 'another horse' }, bearer(accessToken)),
    ],
    ['who gets other roles', ({ user }) => stkJson(['users', 'set-roles', user.id, '--roles', 'user,editor'], at())],
    ['who is disabled', ({ user }) => stkJson(['users', 'disable', user.id], at())],
    ['whose sessions are revoked', ({ user }) => stkJson(['users', 'revoke-sessions', user.email], at())],
    ['who is deleted', ({ user }) => stkJson(['users', 'delete', user.id, '--yes'], at())],
  ])('%s, long before its next poll', async (_, end) => {
    const session = await signUp();
    expect(await call('select', session.accessToken)).toBe(200);
    await end(session);
    // Its next poll may be 10 s away.
    expect(await untilRefused(session.accessToken)).toBeLessThan(5_000);
    expect((await hub('token', { refreshToken: session.refreshToken })).status).toBe(401);
  });
});

it('roles that an operator gives hold from the next login on', async () => {
  const { accessToken, user } = await signUp();
  expect(await call('insert', accessToken, { data: { text: 'x' } })).toBe(403);
  await stkJson(['users', 'set-roles', user.email, '--roles', 'user,editor'], at());
  const { data } = await hub('login', { email: user.email, password: PASSWORD });
  expect(await call('insert', data.accessToken, { data: { text: 'x' } })).toBe(200);
  expect(await stkJson(['auth', 'verify-token', data.accessToken], at())).toMatchObject({ valid: true, problems: [] });
  const old = await stk(['auth', 'verify-token', accessToken, '--json'], at());
  expect([old.code, JSON.parse(old.stdout).problems]).toEqual([1, [expect.objectContaining({ what: 'notBefore' })]]);
});

it('cookies that the Hub sets let in at the Bridge, for pages of listed origins', async () => {
  const { project, env, bridgeUrl } = stack.ready;
  const signedUp = await hub(
    'signup',
    { email: 'page@example.com', password: PASSWORD, cookies: true },
    { origin: PAGE },
  );
  const cookie = signedUp.cookies.map((line) => line.split(';')[0]).join('; ');
  const select = async (origin: string) => {
    const headers = { 'content-type': 'application/json', 'x-santokit-project': project, 'x-santokit-env': env };
    const sent = { method: 'POST', headers: { ...headers, cookie, origin }, body: '{}' };
    return (await fetch(`${bridgeUrl}/call/db/notes/select`, sent)).status;
  };
  expect([await select(PAGE), await select('https://evil.example.com')]).toEqual([200, 403]);
});

it('a user is exported and deleted, and nothing personal is left', async () => {
  const { user } = await signUp();
  const file = join(dir, 'user.json');
  expect((await stk(['users', 'delete', user.id], at())).code).toBe(3);
  await stkJson(['users', 'delete', user.id, '--export', file, '--yes'], at());
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ user, sessions: [expect.anything()] });
  expect((await stk(['users', 'show', user.email, '--json'], at())).code).toBe(1);
  const log = await stk(['audit', 'log', '--action', 'enduser.delete', '--json'], at());
  expect([log.stdout.includes(user.id), log.stdout.includes(user.email)]).toEqual([true, false]);
});
