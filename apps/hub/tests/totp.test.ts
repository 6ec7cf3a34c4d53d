import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Joined, joinOrg, PASSWORD } from './support/join-org.ts';
import { RunningHub } from './support/running-hub.ts';
import { codeOf, enableTotp, enrolTotp } from './support/totp.ts';

const STEP_MS = 30_000;
let hub: RunningHub;
/** The Hub's clock stands in the middle of a step until it is moved. */
let now = Math.floor(Date.now() / STEP_MS) * STEP_MS + STEP_MS / 2;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  Object.assign(hub.deps, { clock: () => new Date(now) });
});
afterAll(() => hub.stop());

const somebody = () => joinOrg(hub, { email: `${randomUUID()}@example.com` });
const login = ({ email }: Joined, code?: string, password = PASSWORD) =>
  hub.call('POST /api/v1/login', { token: '', body: { email, password, ...(code === undefined ? {} : { code }) } });
const me = async (token: string) => (await hub.call('GET /api/v1/me', { token })).json.data;

it('a second factor counts from its confirmation on, and a login needs its code then', async () => {
  const bea = await somebody();
  const secret = await enrolTotp(hub, bea.token);
  expect((await login(bea)).status).toBe(200);
  expect((await me(bea.token)).totp).toBe(false);
  const wrong = await hub.call('POST /api/v1/me/totp/confirm', { token: bea.token, body: { code: '000000' } });
  expect([wrong.status, wrong.json.error.message]).toEqual([400, expect.stringMatching(/^code: /)]);
  const body = { code: codeOf(hub, secret, -1) };
  await hub.must('POST /api/v1/me/totp/confirm', { token: bea.token, body });
  expect((await me(bea.token)).totp).toBe(true);
  const needed = await login(bea);
  expect([needed.status, needed.json.error]).toMatchObject([
    401,
    { code: 'UNAUTHORIZED', details: { codeNeeded: true } },
  ]);
  const spaced = codeOf(hub, secret).replace(/^.../, '$& ');
  expect((await login(bea, spaced)).status).toBe(200);
});

it('only who knows the password learns that a code is needed', async () => {
  const bea = await somebody();
  const { secret } = await enableTotp(hub, bea.token);
  for (const code of [undefined, codeOf(hub, secret, 1)]) {
    const refused = await login(bea, code, 'not the password');
    expect(refused.json.error).toMatchObject({ message: 'Wrong email or password' });
    expect(refused.json.error.details).toBeUndefined();
  }
  expect((await login(bea, codeOf(hub, secret, 1))).status).toBe(200);
});

it('a code is good once, also for two who send it at once, and those before it are not any more', async () => {
  const bea = await somebody();
  const { secret } = await enableTotp(hub, bea.token);
  expect((await login(bea, codeOf(hub, secret))).status).toBe(401);
  expect((await login(bea, codeOf(hub, secret, -1))).status).toBe(401);
  const code = codeOf(hub, secret, 1);
  const answers = await Promise.all([login(bea, code), login(bea, code)]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  now += 2 * STEP_MS;
  expect((await login(bea, code)).status).toBe(401);
  expect((await login(bea, codeOf(hub, secret))).status).toBe(200);
});

it('wrong codes lock the account like wrong passwords do, and a code that is not sent yet does not', async () => {
  const bea = await somebody();
  const { secret } = await enableTotp(hub, bea.token);
  for (let attempt = 0; attempt < 3; attempt += 1) expect((await login(bea)).status).toBe(401);
  for (let attempt = 0; attempt < 5; attempt += 1) expect((await login(bea, '000000')).status).toBe(401);
  const locked = await login(bea, codeOf(hub, secret, 1));
  expect([locked.status, locked.json.error.message]).toEqual([429, expect.stringContaining('locked')]);
});

it('a recovery code is good once in place of a code, however it is typed', async () => {
  const bea = await somebody();
  const { recovery } = await enableTotp(hub, bea.token);
  expect(new Set(recovery).size).toBe(10);
  const [first = '', second = ''] = recovery;
  expect((await login(bea, first)).status).toBe(200);
  expect((await login(bea, first)).status).toBe(401);
  expect((await login(bea, second.toUpperCase().replaceAll('-', ' '))).status).toBe(200);
});

it("another operator's codes are none", async () => {
  const [bea, cy] = [await somebody(), await somebody()];
  await enableTotp(hub, bea.token);
  const { secret, recovery } = await enableTotp(hub, cy.token);
  for (const code of [codeOf(hub, secret, 1), recovery[0]]) expect((await login(bea, code)).status).toBe(401);
});

it('turning it on ends sessions that were opened without it, and no personal token', async () => {
  const bea = await joinOrg(hub, { email: `${randomUUID()}@example.com`, project: 'shop', projectRole: 'viewer' });
  const body = { name: 'ci', project: 'shop', role: 'viewer' };
  const personal = (await hub.must('POST /api/v1/tokens', { token: bea.token, body })).json.data.token;
  const other = (await login(bea)).json.data.token;
  await enableTotp(hub, bea.token);
  const statuses = [bea.token, other, personal].map(
    async (token) => (await hub.call('GET /api/v1/me', { token })).status,
  );
  expect(await Promise.all(statuses)).toEqual([200, 401, 200]);
});

it('beginning and ending it asks for the password, ending it for a code too', async () => {
  const bea = await somebody();
  const send = (path: string, body: unknown) => hub.call(`POST /api/v1/me/totp${path}`, { token: bea.token, body });
  expect((await send('', { password: 'not the password' })).status).toBe(403);
  expect((await send('/confirm', { code: '000000' })).status).toBe(409);
  const { secret, recovery } = await enableTotp(hub, bea.token);
  expect((await send('', { password: PASSWORD })).status).toBe(409);
  expect((await send('/disable', { password: 'not the password', code: recovery[0] })).status).toBe(403);
  expect((await send('/disable', { password: PASSWORD })).status).toBe(403);
  expect((await send('/disable', { password: PASSWORD, code: codeOf(hub, secret, 1) })).status).toBe(200);
  expect((await login(bea)).status).toBe(200);
  expect(await hub.store`select 1 from operator_recovery_codes where operator_id = ${bea.id}`).toHaveLength(0);
  expect((await send('/disable', { password: PASSWORD })).status).toBe(409);
});

it('one that was begun and not confirmed can be begun again or given up', async () => {
  const bea = await somebody();
  const first = await enrolTotp(hub, bea.token);
  const second = await enrolTotp(hub, bea.token);
  const confirm = (code: string) => hub.call('POST /api/v1/me/totp/confirm', { token: bea.token, body: { code } });
  expect((await confirm(codeOf(hub, first))).status).toBe(400);
  await hub.must('POST /api/v1/me/totp/disable', { token: bea.token, body: { password: PASSWORD } });
  expect((await confirm(codeOf(hub, second))).status).toBe(409);
});

it('guessing the password with a session that was stolen locks too', async () => {
  const bea = await somebody();
  const guess = () => hub.call('POST /api/v1/me/totp', { token: bea.token, body: { password: 'a guess' } });
  for (let attempt = 0; attempt < 5; attempt += 1) expect((await guess()).status).toBe(403);
  expect((await guess()).status).toBe(429);
});
