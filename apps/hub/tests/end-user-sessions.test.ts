import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const PLACE = { project: 'shop', env: 'dev' };
const PASSWORD = 'password-1';
const PAGE = 'https://app.example.com';
let hub: RunningHub;
let count = 0;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply({
    ...SHOP_FILES,
    'config/auth.yaml': `signup: open\norigins: ["${PAGE}"]\n`,
    'config/limits.yaml': 'rateLimits: { login: 1000/min }\n',
  });
});
afterAll(() => hub.stop());

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  hub.call(`POST /endusers/${path}`, { token: '', body: { ...PLACE, ...body }, headers });
const get = (path: string, headers: Record<string, string>) =>
  hub.call(`GET /endusers/${path}?project=shop&env=dev`, { token: '', headers });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const refresh = (refreshToken: string) => post('token', { refreshToken });
const login = async (email: string, password = PASSWORD) => (await post('login', { email, password })).json.data;

async function signedUp() {
  const email = `user-${count++}@example.com`;
  return { email, ...(await post('signup', { email, password: PASSWORD })).json.data };
}

async function actions(user: string): Promise<string[]> {
  const rows = await hub.store`select action from audit_log where detail ->> 'user' = ${user} order by seq`;
  return rows.map(({ action }) => action);
}

describe('a refresh token', () => {
  it('is good once, for the next one of its session', async () => {
    const { refreshToken, user } = await signedUp();
    const next = await refresh(refreshToken);
    expect(next).toMatchObject({ status: 200, json: { data: { user, expiresIn: 900 } } });
    expect((await refresh(next.json.data.refreshToken)).status).toBe(200);
    const families = await hub.store`select distinct family_id from refresh_tokens where end_user_id = ${user.id}`;
    expect(families.length).toBe(1);
  });

  it('that comes a second time ends its session, and no other', async () => {
    const { email, refreshToken, user } = await signedUp();
    const other = await login(email);
    const next = (await refresh(refreshToken)).json.data;
    expect((await refresh(refreshToken)).json.error).toMatchObject({ code: 'UNAUTHORIZED' });
    expect((await refresh(next.refreshToken)).status).toBe(401);
    expect((await refresh(other.refreshToken)).status).toBe(200);
    expect(await actions(user.id)).toEqual(['enduser.signup', 'enduser.login', 'enduser.token_reuse']);
  });

  it('that two send at once is spent by one of them, and ends the session', async () => {
    const { refreshToken } = await signedUp();
    const both = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 401]);
    const won = both.find(({ status }) => status === 200);
    expect((await refresh(won?.json.data.refreshToken)).status).toBe(401);
  });

  it.each(['nonsense', 'stk_refresh_nonsense', 'x'])('is refused when it is none: %j', async (token) => {
    expect((await refresh(token)).status).toBe(401);
  });

  it('is refused in another env, after its time, and when its user is disabled', async () => {
    const { refreshToken, user } = await signedUp();
    await hub.must('POST /api/v1/projects/shop/envs', { body: { name: `other${count}` } });
    await hub.store`update envs set current_release_id = (select current_release_id from envs where name = 'dev') where name = ${`other${count}`}`;
    const elsewhere = await hub.call('POST /endusers/token', {
      token: '',
      body: { project: 'shop', env: `other${count}`, refreshToken },
    });
    expect(elsewhere.status).toBe(401);
    await hub.store`update end_users set disabled = true where id = ${user.id}`;
    expect((await refresh(refreshToken)).status).toBe(401);
    await hub.store`update end_users set disabled = false where id = ${user.id}`;
    await hub.store`update refresh_tokens set expires_at = now() where end_user_id = ${user.id}`;
    expect((await refresh(refreshToken)).status).toBe(401);
  });
});

describe('signing out', () => {
  it('ends the session, and says so whatever the token is', async () => {
    const { refreshToken, user } = await signedUp();
    expect((await post('logout', { refreshToken })).status).toBe(200);
    expect((await post('logout', { refreshToken: 'nonsense' })).status).toBe(200);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect(await actions(user.id)).toEqual(['enduser.signup', 'enduser.logout']);
  });

  it('with an access token alone ends its session, and no other', async () => {
    const { email, user, accessToken, refreshToken } = await signedUp();
    const other = await login(email);
    expect((await post('logout', {}, bearer('nonsense'))).status).toBe(401);
    expect((await post('logout', {}, bearer(accessToken))).status).toBe(200);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect((await refresh(other.refreshToken)).status).toBe(200);
    expect(await actions(user.id)).toEqual(['enduser.signup', 'enduser.login', 'enduser.logout']);
  });

  it('everywhere ends every session and token, and the next login works at once', async () => {
    const { email, user, accessToken, refreshToken } = await signedUp();
    const other = await login(email);
    expect((await post('logout-all', {}, bearer(other.accessToken))).status).toBe(200);
    for (const token of [refreshToken, other.refreshToken]) expect((await refresh(token)).status).toBe(401);
    for (const token of [accessToken, other.accessToken]) expect((await get('me', bearer(token))).status).toBe(401);
    const again = await login(email);
    expect((await get('me', bearer(again.accessToken))).json.data).toEqual(user);
    const { notBefore } = (await hub.internal('/keys/shop/dev')).json.data;
    expect(notBefore.map(({ sub }: { sub: string }) => sub)).toContain(user.id);
  });

  it('everywhere, twice within a second, ends also the session that was opened in between', async () => {
    const { email, accessToken } = await signedUp();
    let last = accessToken;
    for (const _ of [1, 2, 3]) {
      expect((await post('logout-all', {}, bearer(last))).status).toBe(200);
      expect((await get('me', bearer(last))).status).toBe(401);
      last = (await login(email)).accessToken;
      expect((await get('me', bearer(last))).status).toBe(200);
    }
  });

  it('everywhere, again and again, leaves the next session one that is good now', async () => {
    const { email, accessToken, user } = await signedUp();
    expect((await post('logout-all', {}, bearer(accessToken))).status).toBe(200);
    await hub.store`update not_before_marks set not_before = date_trunc('second', now()) + interval '10 seconds' where sub = ${user.id}`;
    const again = await login(email);
    expect((await post('logout-all', {}, bearer(again.accessToken))).status).toBe(200);
    expect((await get('me', bearer((await login(email)).accessToken))).json.data).toEqual(user);
    const [mark] =
      await hub.store`select not_before - now() < interval '11 seconds' as near from not_before_marks where sub = ${user.id}`;
    expect(mark?.near).toBe(true);
  });
});

describe('a Bridge is told at once, whether it waits just then or is between two long polls', () => {
  const pointer = async (query = '', etag = '') =>
    await hub.internal(`/releases/current?project=shop&env=dev${query}`, etag === '' ? {} : { 'if-none-match': etag });
  const etagNow = async () => (await pointer()).headers.get('etag') ?? '';

  it.each<[string, (token: string) => Promise<Answer>]>([
    ['who signs out everywhere', (token) => post('logout-all', {}, bearer(token))],
    [
      'who changes their password',
      (token) => post('password/change', { currentPassword: PASSWORD, newPassword: 'password-2' }, bearer(token)),
    ],
  ])('of %s', async (_, end) => {
    const { accessToken, user } = await signedUp();
    const before = await etagNow();
    const waiting = pointer('&wait=20', before);
    expect((await end(accessToken)).status).toBe(200);
    expect((await waiting).status).toBe(200);
    expect(await etagNow()).not.toBe(before);
    const { notBefore } = (await hub.internal('/keys/shop/dev')).json.data;
    expect(notBefore.map(({ sub }: { sub: string }) => sub)).toContain(user.id);
  });

  it('but not of one who signs in or renews a session, which happens all the time', async () => {
    const before = await etagNow();
    await refresh((await signedUp()).refreshToken);
    expect(await etagNow()).toBe(before);
  });
});

describe('the signed-in user', () => {
  it('is told who they are and which sessions they have', async () => {
    const { email, user, accessToken } = await signedUp();
    await login(email);
    expect((await get('me', bearer(accessToken))).json.data).toEqual(user);
    const { items } = (await get('sessions', bearer(accessToken))).json.data;
    expect(items.map(({ current }: { current: boolean }) => current)).toEqual([false, true]);
  });

  it('changes the password with the current one, which ends every other session', async () => {
    const { email, accessToken, refreshToken } = await signedUp();
    const change = { currentPassword: PASSWORD, newPassword: 'password-2' };
    const wrong = await post('password/change', { ...change, currentPassword: 'password-3' }, bearer(accessToken));
    expect(wrong.status).toBe(401);
    const changed = await post('password/change', change, bearer(accessToken));
    expect(changed.status).toBe(200);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect((await refresh(changed.json.data.refreshToken)).status).toBe(200);
    expect((await post('login', { email, password: PASSWORD })).status).toBe(401);
    expect((await post('login', { email, password: 'password-2' })).status).toBe(200);
  });

  it('sets a first password where the account has none, and only there', async () => {
    const { email, user, accessToken } = await signedUp();
    const set = () => post('password/set', { password: 'password-9' }, bearer(accessToken));
    expect((await set()).json.error.code).toBe('CONFLICT');
    await hub.store`update end_users set password_hash = null where id = ${user.id}`;
    expect((await post('login', { email, password: 'no account has this password' })).status).toBe(401);
    expect((await set()).status).toBe(200);
    expect((await post('login', { email, password: 'password-9' })).status).toBe(200);
  });

  it.each(['me', 'sessions'])('is needed for %s', async (path) => {
    for (const headers of [{}, bearer('nonsense'), { authorization: 'Basic x' }])
      expect((await get(path, headers)).status).toBe(401);
  });
});

describe('cookies', () => {
  const page = { origin: PAGE };
  const cookiesOf = ({ headers }: Answer) => headers.getSetCookie();
  const header = (answer: Answer) => ({
    cookie: cookiesOf(answer)
      .map((cookie) => cookie.split(';')[0])
      .join('; '),
  });

  it('take the place of the tokens, out of the reach of scripts', async () => {
    const email = `user-${count++}@example.com`;
    const signedUp = await post('signup', { email, password: PASSWORD, cookies: true }, page);
    expect(Object.keys(signedUp.json.data)).toEqual(['expiresIn', 'user']);
    expect(cookiesOf(signedUp)).toEqual([
      expect.stringMatching(
        /^stk_access_shop_dev=v4\.public\.[^;]+; Max-Age=900; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
      expect.stringMatching(
        /^stk_refresh_shop_dev=stk_refresh_[^;]+; Max-Age=2592000; Path=\/endusers; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ]);
    expect((await get('me', header(signedUp))).json.data.email).toBe(email);
    const renewed = await post('token', {}, { ...page, ...header(signedUp) });
    expect([renewed.status, cookiesOf(renewed).length]).toEqual([200, 2]);
    const out = await post('logout', {}, { ...page, ...header(renewed) });
    expect(cookiesOf(out)).toEqual([expect.stringContaining('Max-Age=0'), expect.stringContaining('Max-Age=0')]);
    expect((await post('token', {}, { ...page, ...header(renewed) })).status).toBe(401);
  });

  it.each(['token', 'logout', 'logout-all'])('are not believed for %s from a page elsewhere', async (path) => {
    const email = `user-${count++}@example.com`;
    const cookies = header(await post('signup', { email, password: PASSWORD, cookies: true }, page));
    const evil = { origin: 'https://evil.example.com', ...cookies };
    expect((await post(path, {}, evil)).status).toBe(403);
    expect((await post('token', {}, { ...page, ...cookies })).status).toBe(200);
  });

  it('take the place of a refresh token that was sent, where they are asked for', async () => {
    const { refreshToken } = await signedUp();
    const asked = { refreshToken, cookies: true };
    const evil = { origin: 'https://evil.example.com' };
    expect((await post('token', asked, evil)).status).toBe(403);
    const renewed = await post('token', asked, page);
    expect([Object.keys(renewed.json.data), cookiesOf(renewed).length]).toEqual([['expiresIn', 'user'], 2]);
    const again = await post('token', { cookies: true }, { ...page, ...header(renewed) });
    expect([again.status, cookiesOf(again).length]).toEqual([200, 2]);
    const out = await post('logout', { cookies: true }, { ...page, ...header(again) });
    expect([out.status, cookiesOf(out).length]).toEqual([200, 2]);
  });

  it('are not given to a page elsewhere, nor taken twice', async () => {
    const { email } = await signedUp();
    const evil = { origin: 'https://evil.example.com' };
    expect((await post('login', { email, password: PASSWORD, cookies: true }, evil)).status).toBe(403);
    const cookies = header(await post('login', { email, password: PASSWORD, cookies: true }, page));
    const twice = { cookie: `${cookies.cookie}; stk_access_shop_dev=planted` };
    expect((await get('me', twice)).status).toBe(401);
  });
});

it('cookies of two projects on one domain do not see each other', async () => {
  await hub.must('POST /api/v1/projects', { body: { name: 'blog' } });
  await hub.must('POST /api/v1/projects/blog/envs', { body: { name: 'dev' } });
  await hub.must('PUT /api/v1/projects/blog/envs/dev/connections/main', {
    body: { engine: 'postgres', url: hub.shopUrl },
  });
  const files = Object.entries(SHOP_FILES).map(([path, content]) => ({ path, content }));
  await hub.must('POST /api/v1/projects/blog/envs/dev/apply', { body: { files, ref: 'x' } });
  const email = 'everywhere@example.com';
  const send = (method: string, path: string, project: string, cookie: string) => {
    const place = { project, env: 'dev' };
    const query = method === 'GET' ? `?${new URLSearchParams(place)}` : '';
    const body = method === 'GET' ? undefined : place;
    return hub.call(`${method} /endusers/${path}${query}`, {
      token: '',
      body,
      headers: cookie === '' ? {} : { cookie },
    });
  };
  const cookiesAt = async (project: string) => {
    const body = { project, env: 'dev', email, password: PASSWORD, cookies: true };
    const { headers } = await hub.must('POST /endusers/signup', { token: '', body });
    return headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
  };
  const [shop, blog] = [await cookiesAt('shop'), await cookiesAt('blog')];
  // A browser sends all that it has for the domain.
  const jar = [...shop, ...blog].join('; ');
  const ids = await Promise.all(['shop', 'blog'].map(async (at) => (await send('GET', 'me', at, jar)).json.data.id));
  expect(new Set(ids).size).toBe(2);
  for (const [at, cookies] of [
    ['shop', blog],
    ['blog', shop],
  ] as const) {
    const renamed = cookies.join('; ').replaceAll(/_(shop|blog)_/g, `_${at}_`);
    for (const cookie of [cookies.join('; '), renamed]) {
      expect((await send('GET', 'me', at, cookie)).status).toBe(401);
      expect((await send('POST', 'token', at, cookie)).status).toBe(401);
    }
  }
  expect((await send('POST', 'logout', 'blog', jar)).headers.getSetCookie().join()).not.toContain('_shop_');
  expect((await send('POST', 'token', 'shop', jar)).status).toBe(200);
});

describe('pages of listed origins', () => {
  const preflight = (origin: string) =>
    fetch(`${hub.url}/endusers/login`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    });

  it('may ask and read, others may not', async () => {
    const listed = await preflight(PAGE);
    expect([listed.status, listed.headers.get('access-control-allow-origin')]).toEqual([204, PAGE]);
    expect((await preflight('https://evil.example.com')).headers.get('access-control-allow-origin')).toBeNull();
    const { email } = await signedUp();
    const read = await post('login', { email, password: 'wrong' }, { origin: PAGE });
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([401, PAGE]);
    const elsewhere = await post('login', { email, password: PASSWORD }, { origin: 'https://evil.example.com' });
    expect(elsewhere.headers.get('access-control-allow-origin')).toBeNull();
  });
});
