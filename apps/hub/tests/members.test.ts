import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Joined, joinOrg } from './support/join-org.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const MEMBERS = '/api/v1/orgs/acme/members';
const PROJECT_MEMBERS = '/api/v1/projects/shop/members';
let hub: RunningHub;
let owner: string;
let admin: Joined;
let member: Joined;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  owner = (await hub.must('GET /api/v1/me')).json.data.operator.id;
  admin = await joinOrg(hub, { email: 'adam@example.com', role: 'admin' });
  member = await joinOrg(hub, { email: 'mia@example.com' });
});
afterAll(() => hub.stop());

const setRole = (id: string, role: string, token = hub.token) =>
  hub.call(`PUT ${MEMBERS}/${id}`, { token, body: { role } });
const setProjectRole = (id: string, role: string) => hub.must(`PUT ${PROJECT_MEMBERS}/${id}`, { body: { role } });
const seesEnvs = async (token: string) => (await hub.call('GET /api/v1/projects/shop/envs', { token })).status;

it('members are listed, newest first', async () => {
  const { items } = (await hub.must(`GET ${MEMBERS}`, { token: admin.token })).json.data;
  expect(items.map((item: { email: string; role: string }) => [item.email, item.role])).toEqual([
    ['mia@example.com', 'member'],
    ['adam@example.com', 'admin'],
    ['ann@example.com', 'owner'],
  ]);
});

it('the last owner of an org neither leaves nor steps down', async () => {
  for (const answer of [await setRole(owner, 'admin'), await hub.call(`DELETE ${MEMBERS}/${owner}`)])
    expect([answer.status, answer.json.error.code]).toEqual([409, 'CONFLICT']);
});

it('of two owners who unmake each other at once, one stays', async () => {
  const other = await joinOrg(hub, { email: 'olga@example.com', role: 'owner' });
  const answers = await Promise.all([setRole(other.id, 'admin'), setRole(owner, 'admin', other.token)]);
  expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 403]);
  const [row] = await hub.store`select count(*)::int as owners from org_members where role = 'owner'`;
  expect(row?.owners).toBe(1);
  await hub.store`update org_members set role = 'owner' where operator_id = ${owner}`;
  await hub.must(`DELETE ${MEMBERS}/${other.id}`);
});

it('an admin neither becomes an owner nor makes or unmakes one', async () => {
  expect((await setRole(admin.id, 'owner', admin.token)).status).toBe(403);
  expect((await setRole(member.id, 'owner', admin.token)).status).toBe(403);
  expect((await setRole(owner, 'member', admin.token)).status).toBe(403);
  expect((await hub.call(`DELETE ${MEMBERS}/${owner}`, { token: admin.token })).status).toBe(403);
  const invitation = { email: 'new@example.com', role: 'owner' };
  const invited = await hub.call('POST /api/v1/orgs/acme/invitations', { token: admin.token, body: invitation });
  expect(invited.status).toBe(403);
});

it.each([
  ['nobody', 'op_none', { role: 'admin' }, 404],
  ['no role', 'op_none', { role: 'king' }, 400],
  ['nothing', 'op_none', {}, 400],
])('a role for %s is refused', async (_what, id, body, status) => {
  expect((await hub.call(`PUT ${MEMBERS}/${id}`, { body })).status).toBe(status);
});

it('a role on the project wins over the role in the org, and what was before holds again without it', async () => {
  expect(await seesEnvs(member.token)).toBe(404);
  await setProjectRole(member.id, 'deployer');
  expect(await seesEnvs(member.token)).toBe(200);
  await setProjectRole(admin.id, 'viewer');
  const create = () => hub.call('POST /api/v1/projects/shop/envs', { token: admin.token, body: { name: 'staging' } });
  expect((await create()).status).toBe(403);
  const { items } = (await hub.must(`GET ${PROJECT_MEMBERS}`)).json.data;
  expect(items).toMatchObject([
    { email: 'mia@example.com', orgRole: 'member', role: 'deployer', explicit: true },
    { email: 'adam@example.com', orgRole: 'admin', role: 'viewer', explicit: true },
    { email: 'ann@example.com', orgRole: 'owner', role: 'admin', explicit: false },
  ]);
  for (const { id } of [admin, member]) await hub.must(`DELETE ${PROJECT_MEMBERS}/${id}`);
  expect((await create()).status).toBe(201);
  expect(await seesEnvs(member.token)).toBe(404);
  expect((await hub.call(`DELETE ${PROJECT_MEMBERS}/${member.id}`)).status).toBe(404);
});

it('who is removed from the org has nothing on its projects, and no token that comes back with them', async () => {
  const gone = await joinOrg(hub, { email: 'gus@example.com', project: 'shop', projectRole: 'admin' });
  const body = { name: 'ci', project: 'shop', role: 'viewer' };
  const { token } = (await hub.must('POST /api/v1/tokens', { token: gone.token, body })).json.data;
  expect([await seesEnvs(gone.token), await seesEnvs(token)]).toEqual([200, 200]);
  await hub.must(`DELETE ${MEMBERS}/${gone.id}`);
  expect([await seesEnvs(gone.token), await seesEnvs(token)]).toEqual([404, 401]);
  const invitation = { email: gone.email, project: 'shop', projectRole: 'viewer' };
  const again = (await hub.must('POST /api/v1/orgs/acme/invitations', { body: invitation })).json.data;
  await hub.must('POST /api/v1/invitations/accept', { token: gone.token, body: { token: again.token } });
  expect([await seesEnvs(gone.token), await seesEnvs(token)]).toEqual([200, 401]);
  await hub.must(`DELETE ${MEMBERS}/${gone.id}`);
});

it('roles on a project are only for members of its org', async () => {
  const body = { role: 'viewer' };
  expect((await hub.call(`PUT ${PROJECT_MEMBERS}/op_none`, { body })).json.error.code).toBe('NOT_FOUND');
});

it('the log tells who was what before', async () => {
  await setRole(member.id, 'admin');
  await setRole(member.id, 'member');
  const [last] = await hub.store`select action, detail from audit_log order by seq desc limit 1`;
  expect(last).toEqual({
    action: 'rbac.set_role',
    detail: { org: 'acme', operator: member.id, role: 'member', before: 'admin' },
  });
});

it('only a project admin forces a change of a protected env, or ends its protection', async () => {
  await setProjectRole(member.id, 'deployer');
  const protection = 'PUT /api/v1/projects/shop/envs/dev/protection';
  await hub.must(protection, { body: { protected: true } });
  expect((await hub.call(protection, { token: member.token, body: { protected: false } })).status).toBe(403);
  const forced = { files: [], ref: 'x', force: true };
  const apply = () => hub.call('POST /api/v1/projects/shop/envs/dev/apply', { token: member.token, body: forced });
  const refused = await apply();
  expect([refused.status, refused.json.error.message]).toEqual([403, expect.stringContaining('protected')]);
  const [env] = (await hub.must('GET /api/v1/projects/shop/envs')).json.data.items.filter(
    ({ name }: { name: string }) => name === 'dev',
  );
  expect(env.protected).toBe(true);
  await hub.must(protection, { body: { protected: false } });
  expect((await apply()).status).not.toBe(403);
  await hub.must(`DELETE ${PROJECT_MEMBERS}/${member.id}`);
});

it('an env that is removed takes its keys and end users along, and no Bridge is told of it any more', async () => {
  const path = '/api/v1/projects/shop/envs/brief';
  await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'brief' } });
  await hub.must(`PUT ${path}/connections/main`, { body: { engine: 'postgres', url: hub.shopUrl } });
  await hub.must(`POST ${path}/apikeys`, { body: { name: 'of brief', roles: ['a'] } });
  const files = Object.entries(SHOP_FILES).map(([path, content]) => ({ path, content }));
  await hub.must(`POST ${path}/apply`, { body: { files, ref: 'x' } });
  const user = { project: 'shop', env: 'brief', email: 'user@example.com', password: 'a long password' };
  await hub.must('POST /endusers/signup', { token: '', body: user });
  await hub.must(`PUT ${path}/protection`, { body: { protected: true } });
  expect((await hub.call(`DELETE ${path}`)).status).toBe(409);
  await hub.must(`PUT ${path}/protection`, { body: { protected: false } });
  await hub.must(`DELETE ${path}`);
  expect((await hub.call(`DELETE ${path}`)).status).toBe(404);
  expect(await hub.store`select 1 from end_users where email = ${user.email}`).toHaveLength(0);
  expect(await hub.store`select 1 from api_keys where name = 'of brief'`).toHaveLength(0);
  expect((await hub.internal('/keys/shop/brief')).status).toBe(404);
  expect((await hub.internal('/targets')).text).not.toContain('brief');
  const [last] = await hub.store`select action, env from audit_log where action = 'env.remove'`;
  expect(last).toEqual({ action: 'env.remove', env: 'brief' });
});

it('a personal token ends with its time', async () => {
  const token = await hub.personalToken('viewer');
  expect(await seesEnvs(token)).toBe(200);
  await hub.store`update personal_tokens set expires_at = now() - interval '1 second' where revoked_at is null`;
  expect(await seesEnvs(token)).toBe(401);
  expect((await hub.must('GET /api/v1/tokens')).json.data.items).toEqual([]);
});

it('a personal token is never more than its owner is now', async () => {
  const body = { name: 'ci', project: 'shop', role: 'admin' };
  const { token } = (await hub.must('POST /api/v1/tokens', { token: admin.token, body })).json.data;
  const create = (name: string) => hub.call('POST /api/v1/projects/shop/envs', { token, body: { name } });
  expect((await create('by-token')).status).toBe(201);
  await setProjectRole(admin.id, 'viewer');
  expect((await create('by-token-2')).status).toBe(403);
  await hub.must(`DELETE ${PROJECT_MEMBERS}/${admin.id}`);
});
