import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authenticatorCode } from './support/authenticator.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { stk, stkJson } from './support/stk.ts';

interface Items<T> {
  readonly items: readonly T[];
}

let dir: string;
let stack: DevStack;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stk-people-'));
  await mkdir(join(dir, 'project', 'schema'), { recursive: true });
  await writeFile(
    join(dir, 'project', 'schema', 'notes.yaml'),
    'version: 1\ntables:\n  notes:\n    columns:\n      text: { type: string }\n',
  );
  stack = await startDevStack(join(dir, 'project'));
});
afterAll(async () => {
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Somebody on a machine of their own; only the first operator begins with a token. */
function machine(name: string) {
  const { STK_TOKEN, ...context } = stack.env;
  const env = { ...context, XDG_CONFIG_HOME: join(dir, name), ...(name === 'owner' ? { STK_TOKEN } : {}) };
  return {
    run: (args: string[], stdin?: string) => stk(args, { cwd: dir, env, stdin: stdin ?? '' }),
    json: <T>(args: string[], stdin?: string) => stkJson<T>(args, { cwd: dir, env, stdin: stdin ?? '' }),
  };
}

it('somebody who is invited signs up, works with the role that was given, and is gone when removed', async () => {
  const owner = machine('owner');
  const bea = machine('bea');
  const { token } = await owner.json<{ token: string }>(['project', 'invite', 'bea@example.com', '--role', 'viewer']);
  const open = await owner.json<Items<{ email: string }>>(['org', 'invitations']);
  expect(open.items).toMatchObject([{ email: 'bea@example.com', projectRole: 'viewer' }]);

  const accepted = await bea.json(['org', 'accept', token, '--password', '-', '--name', 'Bea'], 'a password of bea\n');
  expect(accepted).toMatchObject({ projectRole: 'viewer', operator: { email: 'bea@example.com', name: 'Bea' } });
  expect(JSON.stringify(accepted)).not.toContain('stk_session_');
  expect((await bea.run(['release', 'list'])).code).toBe(0);
  expect((await bea.run(['env', 'create', 'staging'])).code).toBe(5);
  expect((await bea.run(['org', 'members'])).code).toBe(5);
  expect((await machine('eve').run(['org', 'accept', token, '--password', '-'], 'a password of eve\n')).code).toBe(1);

  expect(await owner.json(['project', 'set-role', 'BEA@example.com', '--role', 'admin'])).toMatchObject({
    role: 'admin',
  });
  expect((await bea.run(['env', 'create', 'staging'])).code).toBe(0);
  expect(await bea.json(['env', 'protect', 'staging'])).toMatchObject({ name: 'staging', protected: true });
  expect(await bea.json(['env', 'unprotect', 'staging'])).toMatchObject({ protected: false });
  const unsaid = await bea.run(['env', 'remove', 'staging']);
  expect([unsaid.code, unsaid.stderr]).toEqual([3, expect.stringContaining('--yes')]);
  expect(await bea.json(['env', 'remove', 'staging', '--yes'])).toMatchObject({ name: 'staging', removed: true });
  await owner.json(['project', 'remove', 'bea@example.com']);
  expect((await bea.run(['release', 'list'])).code).toBe(1);

  await owner.json(['org', 'set-role', 'bea@example.com', '--role', 'admin']);
  const { items } = await bea.json<Items<{ email: string; role: string; id: string }>>(['org', 'members']);
  expect(items.map(({ role }) => role)).toEqual(['admin', 'owner']);
  const first = items[1]?.id ?? '';
  expect((await bea.run(['org', 'remove', first])).code).toBe(5);
  expect((await owner.run(['org', 'remove', first])).stderr).toContain('at least one owner');
  expect(await owner.json(['org', 'remove', 'bea@example.com'])).toMatchObject({ removed: true });
  expect((await bea.run(['org', 'members'])).code).toBe(1);
}, 60_000);

it('who has an account joins another org with their session', async () => {
  const owner = machine('owner');
  const cy = machine('cy');
  const first = await owner.json<{ token: string }>(['org', 'invite', 'cy@example.com']);
  await cy.json(['org', 'accept', first.token, '--password', 'a password of cy']);
  await owner.json(['org', 'create', 'umbrella']);
  const toUmbrella = ['org', 'invite', 'cy@example.com', '--role', 'admin'];
  const ambiguous = await owner.run(toUmbrella);
  expect([ambiguous.code, ambiguous.stderr]).toEqual([2, expect.stringContaining('umbrella')]);
  const second = await owner.json<{ token: string; id: string }>([...toUmbrella, '--org', 'umbrella']);
  expect(await cy.json(['org', 'accept', second.token])).toMatchObject({ org: 'umbrella', role: 'admin' });
  const third = await cy.json<{ id: string }>(['org', 'invite', 'di@example.com', '--org', 'umbrella']);
  expect(await cy.json(['org', 'revoke', third.id, '--org', 'umbrella'])).toMatchObject({ revoked: true });
}, 60_000);

it('an operator who has a second factor signs in with a code', async () => {
  const owner = machine('owner');
  const dora = machine('dora');
  const password = 'a password of dora';
  const { token } = await owner.json<{ token: string }>(['project', 'invite', 'dora@example.com', '--role', 'viewer']);
  await dora.json(['org', 'accept', token, '--password', password]);
  const { secret } = await dora.json<{ secret: string }>(['totp', 'enable', '--password', '-'], `${password}\n`);
  const code = authenticatorCode(secret);
  const { recoveryCodes } = await dora.json<{ recoveryCodes: string[] }>(['totp', 'confirm', code]);
  expect(await dora.json(['whoami'])).toMatchObject({ totp: true });

  const login = ['login', '--email', 'dora@example.com', '--password', password];
  const without = await dora.run(login);
  expect([without.code, without.stderr]).toEqual([5, expect.stringContaining('--code')]);
  expect((await dora.run([...login, '--code', code])).code).toBe(5);
  expect(await dora.json([...login, '--code', recoveryCodes[0] ?? ''])).toMatchObject({
    operator: { email: 'dora@example.com' },
  });
  const disable = ['totp', 'disable', '--password', password];
  expect((await dora.run(disable)).code).toBe(5);
  expect(await dora.json([...disable, '--code', recoveryCodes[1] ?? ''])).toMatchObject({ totp: false });
  expect((await dora.run(login)).code).toBe(0);
}, 60_000);
