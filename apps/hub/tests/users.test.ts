import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropExpired } from '../src/end-users/drop-expired.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const PLACE = { project: 'shop', env: 'dev' };
const PASSWORD = 'password-of-a-test';
const USERS = '/api/v1/projects/shop/envs/dev/users';
let hub: RunningHub;
let count = 0;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply({ ...SHOP_FILES, 'config/limits.yaml': 'rateLimits: { login: 1000/min }\n' });
});
afterAll(() => hub.stop());

const post = (path: string, body: object) =>
  hub.call(`POST /endusers/${path}`, { token: '', body: { ...PLACE, ...body } });
const login = (email: string) => post('login', { email, password: PASSWORD });
const me = (token: string) => hub.call('GET /endusers/me?project=shop&env=dev', { token });
const refresh = (refreshToken: string) => post('token', { refreshToken });

async function signedUp(email = `user-${count++}@example.com`) {
  return { email, ...(await post('signup', { email, password: PASSWORD })).json.data };
}

async function list(query: string) {
  const { items, next } = (await hub.must(`GET ${USERS}${query}`)).json.data;
  return { emails: items.map(({ email }: { email: string }) => email), next };
}

async function marks(): Promise<string[]> {
  const { notBefore } = (await hub.internal('/keys/shop/dev')).json.data;
  return notBefore.map(({ sub }: { sub: string }) => sub);
}

describe('the list of users', () => {
  beforeAll(async () => {
    for (const name of ['zoe', 'zack', 'quentin.z', '100+x', 'per_cent']) await signedUp(`${name}@list.example.org`);
  });

  it('is newest first and comes in pages', async () => {
    const first = await list('?limit=2');
    expect(first.emails).toEqual(['per_cent@list.example.org', '100+x@list.example.org']);
    expect(await list(`?limit=2&after=${first.next}`)).toMatchObject({
      emails: ['quentin.z@list.example.org', 'zack@list.example.org'],
    });
    expect((await list('?search=list.example.org&limit=5')).next).toBeUndefined();
  });

  it.each([
    ['z', ['zack', 'zoe']],
    ['ZA', ['zack']],
    ['ntin', ['quentin.z']],
    ['tin.Z@list', ['quentin.z']],
    ['%25', []],
    ['%2Bx@', ['100+x']],
    ['r_c', ['per_cent']],
    ['rxc', []],
    ['nobody', []],
    ['%20', []],
  ])('finds %s', async (search, names) => {
    expect((await list(`?search=${search}`)).emails).toEqual(names.map((name) => `${name}@list.example.org`));
  });

  it('has one user by their whole address, however it is written', async () => {
    expect((await list('?email=ZOE@list.example.org')).emails).toEqual(['zoe@list.example.org']);
    expect((await list('?email=oe@list.example.org')).emails).toEqual([]);
  });

  it.each(['?limit=0', '?limit=1001', '?limit=x', '?after=a%20b', '?email=x', '?search=%00', '?unknown=1'])(
    'is refused for %s',
    async (query) => {
      expect((await hub.call(`GET ${USERS}${query}`)).json.error.code).toBe('BAD_REQUEST');
    },
  );

  it('has nobody of another env', async () => {
    await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'other' } });
    expect((await hub.must(`GET ${USERS.replace('dev', 'other')}`)).json.data).toEqual({ items: [] });
    const { user } = await signedUp();
    expect((await hub.call(`GET ${USERS.replace('dev', 'other')}/${user.id}`)).status).toBe(404);
  });
});

describe('an operator', () => {
  it.each([
    ['PUT', 'roles', { roles: ['editor', 'editor'] }],
    ['POST', 'disable', undefined],
    ['POST', 'revoke-sessions', undefined],
    ['DELETE', '', undefined],
  ])('who sends %s %s ends every session and token of the user', async (method, verb, body) => {
    const { email, user, accessToken, refreshToken } = await signedUp();
    const other = (await login(email)).json.data;
    const path = `${method} ${USERS}/${user.id}${verb === '' ? '' : `/${verb}`}`;
    await hub.must(path, { body });
    for (const token of [accessToken, other.accessToken]) expect((await me(token)).status).toBe(401);
    for (const token of [refreshToken, other.refreshToken]) expect((await refresh(token)).status).toBe(401);
    expect(await marks()).toContain(user.id);
  });

  it('gives roles, with which the next session begins', async () => {
    const { email, user } = await signedUp();
    const set = await hub.must(`PUT ${USERS}/${user.id}/roles`, { body: { roles: ['editor', 'editor'] } });
    expect(set.json.data).toEqual({ ...user, roles: ['editor'], sessionsEnded: true });
    expect((await login(email)).json.data.user.roles).toEqual(['editor']);
    const [entry] =
      await hub.store`select detail from audit_log where action = 'enduser.set_roles' order by seq desc limit 1`;
    expect(entry?.detail).toEqual({ user: user.id, roles: ['editor'], before: ['user'] });
  });

  it.each([[['public']], [['authenticated']], [['']], ['admin'], [undefined]])(
    'cannot give the roles %j',
    async (roles) => {
      const { user } = await signedUp();
      expect((await hub.call(`PUT ${USERS}/${user.id}/roles`, { body: { roles } })).status).toBe(400);
    },
  );

  it('gives as many roles as a token holds, and no more', async () => {
    const { email, user } = await signedUp();
    const give = (letter: string) =>
      hub.call(`PUT ${USERS}/${user.id}/roles`, {
        body: { roles: Array.from({ length: 50 }, (_, n) => letter.repeat(98) + String(n).padStart(2, '0')) },
      });
    expect((await give('r')).status).toBe(200);
    const { accessToken } = (await login(email)).json.data;
    expect((await me(accessToken)).json.data.roles.length).toBe(50);
    const refused = await give('役');
    expect([refused.status, refused.json.error.message]).toEqual([400, expect.stringContaining('roles')]);
    // As the claims of a provider may give them.
    const many = JSON.stringify(Array.from({ length: 500 }, (_, n) => `role-of-a-directory-${n}`));
    await hub.store`update end_users set roles = ${many}::text::jsonb where id = ${user.id}`;
    const full = await login(email);
    expect([full.status, full.json.error.message]).toEqual([409, expect.stringContaining('more roles')]);
  });

  it('keeps a user out and lets them in again', async () => {
    const { email, user } = await signedUp();
    expect((await hub.must(`POST ${USERS}/${user.id}/disable`)).json.data).toMatchObject({ disabled: true });
    expect((await login(email)).status).toBe(401);
    expect((await hub.must(`POST ${USERS}/${user.id}/enable`)).json.data).toMatchObject({ disabled: false });
    const { accessToken } = (await login(email)).json.data;
    expect((await me(accessToken)).json.data).toMatchObject({ id: user.id, disabled: false });
  });

  it('gets all that is held about a user, but no secret', async () => {
    const { email, user, accessToken, refreshToken } = await signedUp();
    const { refreshToken: next } = (await refresh(refreshToken)).json.data;
    await login(email);
    await hub.must(`POST ${USERS}/${user.id}/revoke-sessions`);
    const { json, text } = await hub.must(`POST ${USERS}/${user.id}/export`);
    expect(json.data).toMatchObject({
      project: 'shop',
      env: 'dev',
      user,
      password: { algorithm: 'argon2id', parameters: 'v=19,m=19456,t=2,p=1' },
      sessions: [{ revokedAt: expect.any(String) }, { sid: expect.stringMatching(/^ses_/) }],
      notBefore: expect.any(String),
    });
    expect(json.data.audit.map(({ action }: { action: string }) => action)).toEqual([
      'enduser.signup',
      'enduser.login',
      'enduser.revoke_sessions',
    ]);
    const [kept] = await hub.store`select password_hash from end_users where id = ${user.id}`;
    for (const secret of [accessToken, refreshToken, next, kept?.password_hash]) expect(text).not.toContain(secret);
  });

  it('deletes a user, of whom only the id is left', async () => {
    const { email, user } = await signedUp();
    expect((await hub.must(`DELETE ${USERS}/${user.id}`)).json.data).toEqual({ id: user.id, deleted: true });
    expect((await hub.call(`DELETE ${USERS}/${user.id}`)).status).toBe(404);
    expect((await login(email)).status).toBe(401);
    for (const table of ['end_users', 'refresh_tokens'])
      expect(JSON.stringify(await hub.store`select * from ${hub.store(table)}`)).not.toContain(user.id);
    expect(JSON.stringify(await hub.store`select * from audit_log`)).not.toContain(email);
    expect((await signedUp(email)).user.id).not.toBe(user.id);
  });

  it.each(['PUT roles', 'POST disable', 'POST enable', 'POST revoke-sessions', 'POST export', 'DELETE ', 'GET '])(
    'is told of %s that there is no such user',
    async (call) => {
      const [method, verb] = call.split(' ');
      const body = method === 'PUT' ? { roles: [] } : undefined;
      const answer = await hub.call(`${method} ${USERS}/usr_none${verb === '' ? '' : `/${verb}`}`, { body });
      expect([answer.status, answer.json.error.code]).toEqual([404, 'NOT_FOUND']);
    },
  );
});

it('a session that is opened while all are ended is either ended too, or of the user as they are then', async () => {
  const { email, user } = await signedUp();
  for (let round = 0; round < 5; round++) {
    const { refreshToken } = (await login(email)).json.data;
    const [, ...sessions] = await Promise.all([
      hub.must(`POST ${USERS}/${user.id}/disable`),
      refresh(refreshToken),
      login(email),
      login(email),
    ]);
    for (const session of sessions.filter(({ status }) => status === 200)) {
      expect((await me(session.json.data.accessToken)).status).toBe(401);
      expect((await refresh(session.json.data.refreshToken)).status).toBe(401);
    }
    const { notBefore } = (await hub.internal('/keys/shop/dev')).json.data;
    expect(notBefore).toContainEqual({ sub: user.id, notBefore: expect.any(Number) });
    await hub.must(`POST ${USERS}/${user.id}/enable`);
    const open = await hub.store`
      select 1 from refresh_tokens where end_user_id = ${user.id} and revoked_at is null and spent_at is null`;
    expect(open.length).toBe(0);
  }
});

it('marks and refresh tokens go when no token is left that they are about, and not before', async () => {
  const { user } = await signedUp();
  await hub.must(`POST ${USERS}/${user.id}/revoke-sessions`);
  await dropExpired(hub.deps);
  expect(await marks()).toContain(user.id);
  const clock = (ms: number) => ({ ...hub.deps, clock: () => new Date(Date.now() + ms) });
  const left = async () => ({
    marks: (await hub.store`select 1 from not_before_marks where sub = ${user.id}`).length,
    tokens: (await hub.store`select 1 from refresh_tokens where end_user_id = ${user.id}`).length,
  });
  await dropExpired(clock(15 * 60_000));
  expect(await left()).toEqual({ marks: 1, tokens: 1 });
  await dropExpired(clock(18 * 60_000));
  expect(await left()).toEqual({ marks: 0, tokens: 1 });
  await dropExpired(clock(31 * 24 * 3_600_000));
  expect(await left()).toEqual({ marks: 0, tokens: 0 });
});

it('a mark outlives also the tokens that an earlier release gave a longer life', async () => {
  await hub.apply({ ...SHOP_FILES, 'config/auth.yaml': 'accessTokenTtl: 10h\n' });
  const { user, email } = await signedUp();
  await hub.apply({ ...SHOP_FILES, 'config/auth.yaml': 'accessTokenTtl: 5m\n' });
  await hub.must(`POST ${USERS}/${user.id}/revoke-sessions`);
  const [mark] =
    await hub.store`select expires_at > now() + interval '10h' as long from not_before_marks where sub = ${user.id}`;
  expect(mark).toEqual({ long: true });
  expect((await login(email)).json.data.expiresIn).toBe(300);
});
