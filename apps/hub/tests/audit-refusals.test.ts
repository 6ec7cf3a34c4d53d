import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordUnrecorded } from '../src/audit/record-refusal.ts';
import { OPERATOR, RunningHub, SETUP_TOKEN } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const ENV = '/api/v1/projects/shop/envs/dev';
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
});
afterAll(() => hub.stop());

/** Sends a request that has to be refused and returns the entries that it left. */
async function refused(methodAndPath: string, status: number, call: Parameters<RunningHub['call']>[1] = {}) {
  const answer = await hub.call(methodAndPath, call);
  expect(answer.status).toBe(status);
  return hub.store`
    select actor_id, actor_type, action, project, env, detail, ip from audit_log
    where request_id = ${answer.headers.get('x-request-id') ?? ''}`;
}

it.each([
  ['a token that is none', 'nonsense'],
  ['no token', ''],
  ['a session that is over', `stk_session_${'x'.repeat(43)}`],
])('%s is recorded with where it came from and what it was after', async (_what, token) => {
  const ip = '127.0.0.1';
  const refusal = { actor_id: null, actor_type: 'operator', project: 'shop', env: 'dev', ip };
  expect(await refused(`GET ${ENV}/connections`, 401, { token })).toEqual([
    { ...refusal, action: 'access.refuse', detail: { refused: 'UNAUTHORIZED', route: 'connectionList' } },
  ]);
  expect(await refused(`POST ${ENV}/apikeys`, 401, { token, body: {} })).toEqual([
    { ...refusal, action: 'apikey.create', detail: { refused: 'UNAUTHORIZED', route: 'apiKeyCreate' } },
  ]);
});

it('a read that the role does not allow is recorded', async () => {
  const token = await hub.personalToken('viewer');
  expect(await refused(`GET ${ENV}/connections`, 403, { token })).toMatchObject([
    { actor_id: expect.stringMatching(/^op_/), action: 'access.refuse', detail: { refused: 'FORBIDDEN' } },
  ]);
});

it('reaching for a project that one may not know of is recorded, as for one that is not there', async () => {
  await hub.must('POST /api/v1/projects', { body: { name: 'other' } });
  const token = await hub.personalToken('admin');
  for (const project of ['other', 'nowhere'])
    expect(await refused(`GET /api/v1/projects/${project}/envs`, 404, { token })).toMatchObject([
      { action: 'access.refuse', project, detail: { refused: 'NOT_FOUND', route: 'envList' } },
    ]);
});

it('a wrong setup token and a second setup are recorded', async () => {
  const fresh = await RunningHub.start();
  const body = { token: 'not-the-token', ...OPERATOR, org: 'acme' };
  expect((await fresh.call('POST /api/v1/setup', { token: '', body })).status).toBe(401);
  const [entry] = await fresh.store`select action, actor_id, detail from audit_log`;
  expect(entry).toEqual({
    action: 'operator.setup',
    actor_id: null,
    detail: { refused: 'UNAUTHORIZED', route: 'setup' },
  });
  await fresh.stop();
  expect(await refused('POST /api/v1/setup', 409, { token: '', body: { ...body, token: SETUP_TOKEN } })).toMatchObject([
    { action: 'operator.setup', detail: { refused: 'CONFLICT' } },
  ]);
});

it('a wrong password is recorded with the account that it was for, if there is one', async () => {
  const login = (email: string) =>
    refused('POST /api/v1/login', 401, { token: '', body: { email, password: 'wrong password' } });
  const detail = { refused: 'UNAUTHORIZED', operator: expect.stringMatching(/^op_/) };
  expect(await login(OPERATOR.email)).toMatchObject([{ action: 'operator.login', actor_id: null, detail }]);
  const [unknown] = await login('password-typed-as-email@example.com');
  expect(unknown?.detail).toEqual({ refused: 'UNAUTHORIZED', route: 'login' });
});

it('end users who are refused are recorded with the env', async () => {
  const user = { project: 'shop', env: 'dev', email: 'bob@example.com', password: 'a long password' };
  await hub.must('POST /endusers/signup', { token: '', body: user });
  expect(await refused('POST /endusers/signup', 409, { token: '', body: user })).toMatchObject([
    { action: 'enduser.signup', actor_type: 'system', project: 'shop', env: 'dev', detail: { refused: 'CONFLICT' } },
  ]);
  const body = { ...user, password: 'wrong password' };
  expect(await refused('POST /endusers/login', 401, { token: '', body })).toMatchObject([
    { action: 'enduser.login', project: 'shop', env: 'dev', detail: { refused: 'UNAUTHORIZED' } },
  ]);
});

it('a wrong service token is recorded', async () => {
  expect(await refused('GET /internal/targets', 401, { token: 'not-a-service-token' })).toMatchObject([
    { actor_type: 'bridge', action: 'access.refuse', detail: { refused: 'UNAUTHORIZED', route: 'internal' } },
  ]);
});

it('a body that is not understood is no refusal', async () => {
  expect(await refused(`POST ${ENV}/apikeys`, 400, { body: {} })).toEqual([]);
});

it('a flood is recorded up to a limit and then counted in one entry', async () => {
  const flooded = await RunningHub.start();
  const requests = Array.from({ length: 250 }, () => flooded.call('GET /api/v1/me', { token: 'nonsense' }));
  await Promise.all(requests);
  const count = async () => (await flooded.store`select count(*)::int as n from audit_log`)[0]?.n;
  expect(await count()).toBe(100);
  await recordUnrecorded(flooded.deps);
  await recordUnrecorded(flooded.deps);
  expect(await count()).toBe(101);
  const [last] = await flooded.store`select * from audit_log order by seq desc limit 1`;
  expect(last).toMatchObject({
    actor_type: 'system',
    action: 'access.refuse',
    detail: { attempts: 150, what: { 'access.refuse UNAUTHORIZED': 150 }, sources: { '127.0.0.1': 150 } },
  });
  await flooded.stop();
});
