import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinOrg, PASSWORD } from './support/join-org.ts';
import { OPERATOR, RunningHub } from './support/running-hub.ts';

const INVITATIONS = '/api/v1/orgs/acme/invitations';
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
});
afterAll(() => hub.stop());

const invite = async (body: Readonly<Record<string, unknown>>, token = hub.token) =>
  (await hub.must(`POST ${INVITATIONS}`, { token, body })).json.data;
const signUp = (token: string, more: Readonly<Record<string, unknown>> = {}) =>
  hub.call('POST /api/v1/invitations/sign-up', { token: '', body: { token, password: PASSWORD, ...more } });
const accept = (token: string, session: string) =>
  hub.call('POST /api/v1/invitations/accept', { token: session, body: { token } });

it("an invitation makes an operator who is signed in, and knows nobody else's projects", async () => {
  const { token } = await invite({ email: 'Bea@Example.com', project: 'shop', projectRole: 'deployer' });
  const answer = await signUp(token, { name: 'Bea' });
  expect(answer.json.data).toMatchObject({ org: 'acme', role: 'member', project: 'shop', projectRole: 'deployer' });
  expect(answer.json.data.operator).toMatchObject({ email: 'bea@example.com', name: 'Bea' });
  const me = await hub.must('GET /api/v1/me', { token: answer.json.data.token });
  expect(me.json.data.orgs).toEqual([{ name: 'acme', role: 'member' }]);
  const credentials = { email: 'bea@example.com', password: PASSWORD };
  await hub.must('POST /api/v1/login', { token: '', body: credentials });
});

it('an invitation is used once, also by two at the same time', async () => {
  const { token } = await invite({ email: 'once@example.com' });
  const answers = await Promise.all([signUp(token), signUp(token)]);
  expect(answers.map(({ status }) => status < 300).toSorted()).toEqual([false, true]);
  expect((await signUp(token)).status).toBe(404);
});

it('an invitation ends after 24 hours', async () => {
  const { token, id, createdAt, expiresAt } = await invite({ email: 'late@example.com' });
  expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(24 * 60 * 60 * 1_000);
  await hub.store`update invitations set expires_at = now() where id = ${id}`;
  expect((await signUp(token)).status).toBe(404);
  expect((await hub.must(`GET ${INVITATIONS}`)).text).not.toContain(id);
  expect((await hub.call(`DELETE ${INVITATIONS}/${id}`)).status).toBe(404);
});

it('a revoked invitation, and one that a newer one has replaced, is not valid', async () => {
  const first = await invite({ email: 'twice@example.com' });
  const second = await invite({ email: 'twice@example.com', role: 'admin' });
  expect((await signUp(first.token)).status).toBe(404);
  await hub.must(`DELETE ${INVITATIONS}/${second.id}`);
  expect((await signUp(second.token)).status).toBe(404);
});

it('the token is shown once and kept as a hash', async () => {
  const { token, id } = await invite({ email: 'hash@example.com' });
  expect(token).toMatch(/^stk_invite_/);
  const list = await hub.must(`GET ${INVITATIONS}`);
  expect(list.json.data.items[0]).toMatchObject({ id, email: 'hash@example.com', createdBy: OPERATOR.email });
  expect(list.text).not.toContain(token);
  const rows = await hub.store`select to_jsonb(i)::text as row from invitations i`;
  const log = await hub.store`select to_jsonb(a)::text as row from audit_log a`;
  const kept = JSON.stringify([...rows, ...log, ...hub.logs]);
  expect(kept).toContain(id);
  expect(kept).not.toContain(token);
});

it('an operator accepts with their own session, and only what is made out to them', async () => {
  const bob = await joinOrg(hub, { email: 'bob@example.com' });
  await hub.must('POST /api/v1/orgs', { body: { name: 'umbrella' } });
  const body = { email: 'bob@example.com', role: 'admin' };
  const { token } = (await hub.must('POST /api/v1/orgs/umbrella/invitations', { body })).json.data;
  expect((await signUp(token)).json.error.code).toBe('CONFLICT');
  expect((await accept(token, hub.token)).status).toBe(403);
  expect((await accept(token, bob.token)).json.data).toMatchObject({ org: 'umbrella', role: 'admin' });
  expect((await accept(token, bob.token)).status).toBe(404);
});

it('an invitation does not outlive the role of who has made it', async () => {
  const maker = await joinOrg(hub, { email: 'maker@example.com', role: 'admin' });
  const { token } = await invite({ email: 'friend@example.com', role: 'admin' }, maker.token);
  await hub.must(`PUT /api/v1/orgs/acme/members/${maker.id}`, { body: { role: 'member' } });
  expect((await signUp(token)).status).toBe(404);
  expect(await hub.store`select 1 from operators where email = 'friend@example.com'`).toHaveLength(0);
});

it.each([
  ['a member', { email: OPERATOR.email }, 409],
  ['no address', { email: 'nobody' }, 400],
  ['a role that is none', { email: 'x@example.com', role: 'king' }, 400],
  ['a project without a role', { email: 'x@example.com', project: 'shop' }, 400],
  ['a role without a project', { email: 'x@example.com', projectRole: 'viewer' }, 400],
  ['a project that is none', { email: 'x@example.com', project: 'none', projectRole: 'viewer' }, 404],
])('%s is not invited', async (_who, body, status) => {
  expect((await hub.call(`POST ${INVITATIONS}`, { body })).status).toBe(status);
});

it("another org's project cannot be part of an invitation", async () => {
  await hub.must('POST /api/v1/orgs', { body: { name: 'hooli' } });
  const body = { email: 'x@example.com', project: 'shop', projectRole: 'admin' };
  expect((await hub.call('POST /api/v1/orgs/hooli/invitations', { body })).status).toBe(404);
});

it.each([
  ['a short password', { password: 'short' }],
  ['no password', { password: undefined }],
  ['an address of its own', { email: 'other@example.com' }],
])('%s is refused, and the invitation stays', async (_what, more) => {
  const { token } = await invite({ email: 'short@example.com' });
  expect((await signUp(token, more)).status).toBe(400);
  expect(await hub.store`select 1 from invitations where email = 'short@example.com'`).toHaveLength(1);
});

it('a token that is none tells nothing', async () => {
  for (const token of ['x', 'stk_invite_', `stk_invite_${'a'.repeat(43)}`]) {
    expect((await signUp(token)).status).toBe(404);
    expect((await accept(token, hub.token)).status).toBe(404);
  }
});
