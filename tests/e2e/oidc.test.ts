import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Browser } from '../../apps/hub/tests/support/browser.ts';
import { CLIENT_ID, CLIENT_SECRET, IdentityProvider } from '../../apps/hub/tests/support/identity-provider.ts';
import { callBridge } from './support/bridge-client.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { stk, stkJson } from './support/stk.ts';

const APP = 'https://app.example.com/';
const FILES = {
  'schema/notes.yaml': 'version: 1\ntables:\n  notes:\n    columns:\n      text: { type: string }\n',
  'config/permissions.yaml': 'version: 1\ntables:\n  notes:\n    select: { roles: [editor] }\n',
};
let dir: string;
let stack: DevStack;
let idp: IdentityProvider;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stk-oidc-'));
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(join(dir, path, '..'), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  stack = await startDevStack(dir);
  idp = await IdentityProvider.start({ callbackUrls: [`${stack.ready.hubUrl}/oidc/acme/callback`] });
}, 60_000);
afterAll(async () => {
  await idp?.stop();
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

const start = () => {
  const { hubUrl, project, env } = stack.ready;
  return `${hubUrl}/oidc/acme/start?${new URLSearchParams({ project, env, redirect_uri: `${APP}in` })}`;
};

async function signIn(login: string) {
  const browser = new Browser();
  const { url } = await browser.signIn(await browser.visit(start(), APP), APP, login);
  const response = await fetch(`${stack.ready.hubUrl}/oidc/acme/exchange`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ exchangeCode: url.searchParams.get('exchange_code') }),
  });
  const { data } = (await response.json()) as { data: { accessToken: string; user: { roles: string[] } } };
  return data;
}

it('an operator names a provider, its users sign in there, and Bridges know their roles at once', async () => {
  const at = { cwd: dir, env: stack.env };
  const args = ['oidc', 'set', 'acme', '--issuer', idp.issuer, '--client-id', CLIENT_ID, '--client-secret', '-'];
  const roles = ['--scopes', 'openid,email,groups', '--roles-claim', 'groups', '--map-role', 'staff=editor'];
  const set = await stk([...args, '--redirect-uri', `${APP}in`, ...roles], { ...at, stdin: `${CLIENT_SECRET}\n` });
  expect([set.code, set.stdout]).toEqual([0, expect.stringContaining(`${stack.ready.hubUrl}/oidc/acme/callback`)]);
  expect(await stkJson(['oidc', 'test', 'acme'], at)).toMatchObject({ ok: true, issuer: idp.issuer });

  idp.accounts.set('ann', { groups: ['staff'] });
  const select = (token: string) => callBridge(stack.ready.bridgeUrl, 'db/notes/select', {}, { token });
  const ann = await signIn('ann');
  expect(ann.user.roles).toEqual(['user', 'editor']);
  expect(await select(ann.accessToken)).toMatchObject({ status: 200, body: { data: [] } });
  expect((await select((await signIn('bob')).accessToken)).status).toBe(403);

  // Who is no member of the staff any more loses the token that they have, too.
  idp.accounts.set('ann', {});
  const next = await signIn('ann');
  expect((await select(next.accessToken)).status).toBe(403);
  const endMs = Date.now() + 20_000;
  while ((await select(ann.accessToken)).status !== 401 && Date.now() < endMs) await sleep(200);
  expect((await select(ann.accessToken)).status).toBe(401);

  expect((await stk(['oidc', 'remove', 'acme'], at)).code).toBe(0);
  expect((await fetch(start(), { redirect: 'manual' })).status).toBe(404);
  expect((await stk(['oidc', 'show', 'acme'], at)).code).toBe(1);
}, 60_000);
