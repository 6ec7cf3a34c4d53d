import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callBridge } from './support/bridge-client.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';

const APP = 'https://app.example.com';
const FILES = {
  'schema/people.yaml':
    'version: 1\ntables:\n  people:\n    columns:\n      name: { type: string }\n      phone: { type: string, nullable: true }\n',
  'config/permissions.yaml': `version: 1
tables:
  people:
    select:
      - { roles: [admin] }
      - { roles: [authenticated], mask: { phone: hash } }
    insert: { roles: [admin] }
`,
  'config/auth.yaml': `signup: open\ndefaultRoles: [user]\norigins: ["${APP}"]\n`,
  'config/limits.yaml': 'ceilings: { inItems: 2, bodyBytes: 1KB }\n',
};

let dir: string;
let stack: DevStack;
let token: string;
let people: readonly { readonly id: string; readonly phone: string | null }[];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stk-edges-'));
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  stack = await startDevStack(dir);
  const { hubUrl, project, env } = stack.ready;
  const response = await fetch(`${hubUrl}/endusers/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ project, env, email: 'ann@example.com', password: 'correct horse battery' }),
  });
  token = ((await response.json()) as { data: { accessToken: string } }).data.accessToken;
  const data = ['+49 170 1', '+49 170 1', '+49 170 2', null].map((phone, index) => ({ name: `P${index}`, phone }));
  people = (await asAdmin('db/people/insert', { data })).body.data;
}, 120_000);
afterAll(async () => {
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

const asAdmin = (path: string, params: unknown) =>
  callBridge(stack.ready.bridgeUrl, path, params, { apiKey: stack.ready.apiKey });

/** As a page does whose user is signed in by a cookie. */
function fromPage(origin: string, headers: Record<string, string> = {}): Promise<Response> {
  const { bridgeUrl, project, env } = stack.ready;
  return fetch(`${bridgeUrl}/call/db/people/select`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-santokit-project': project,
      'x-santokit-env': env,
      cookie: `stk_access_${project}_${env}=${token}`,
      origin,
      ...headers,
    },
    body: '{"orderBy":{"name":"asc"}}',
  });
}

it('a value that a rule masks by hash is shown as the same text wherever it is the same value, and as nothing else', async () => {
  const { body } = await callBridge(stack.ready.bridgeUrl, 'db/people/select', { orderBy: { name: 'asc' } }, { token });
  const phones = body.data.map(({ phone }: { phone: string | null }) => phone);
  expect(phones).toEqual([expect.stringMatching(/^[\w-]{43}$/), phones[0], expect.stringMatching(/^[\w-]{43}$/), null]);
  expect(phones[2]).not.toBe(phones[0]);
  expect(people.map(({ phone }) => phone)).toEqual(['+49 170 1', '+49 170 1', '+49 170 2', null]);
});

describe('a page', () => {
  it('of a listed origin asks first, and then calls with its cookie', async () => {
    const preflight = await fetch(`${stack.ready.bridgeUrl}/call/db/people/select`, {
      method: 'OPTIONS',
      headers: {
        origin: APP,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, APP]);
    const answer = await fromPage(APP);
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, APP]);
    expect(((await answer.json()) as { data: unknown[] }).data).toHaveLength(4);
  });

  it('of another origin is refused', async () => {
    const answer = await fromPage('https://evil.example.org');
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });
});

it('the ceilings in config/limits.yaml hold', async () => {
  expect((await asAdmin('db/people/select', { where: { id: { $in: ['a', 'b'] } } })).status).toBe(200);
  expect((await asAdmin('db/people/select', { where: { id: { $in: ['a', 'b', 'c'] } } })).status).toBe(400);
  expect((await asAdmin('db/people/select', { where: { name: 'x'.repeat(1_100) } })).status).toBe(413);
});
