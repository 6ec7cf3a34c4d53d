import { totpCode, totpStep } from '@santokit/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from './support/browser.ts';
import { APP, BACK, OidcCalls } from './support/oidc-calls.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const PASSWORD = 'password-1';
const auth = (signup: string) => ({
  ...SHOP_FILES,
  'config/auth.yaml': `signup: ${signup}\ntotp: optional\norigins: ["https://app.example.com"]\n`,
  'config/limits.yaml': 'rateLimits: { login: 1000/min }\n',
});
let hub: RunningHub;
let oidc: OidcCalls;
let other: OidcCalls;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(auth('open'));
  oidc = await OidcCalls.start(hub, ['main', 'second']);
  other = await OidcCalls.start(hub, ['elsewhere']);
});
afterAll(async () => {
  await Promise.all([oidc.idp.stop(), other.idp.stop()]);
  await hub.stop();
});

const post = (path: string, body: object, token = '') =>
  hub.call(`POST /endusers/${path}`, { token, body: { project: 'shop', env: 'dev', ...body } });
const me = (token: string) => hub.call('GET /endusers/me?project=shop&env=dev', { token });
const signedUp = async (email: string) => (await post('signup', { email, password: PASSWORD })).json.data;
const params = ({ url }: { url: URL }) => Object.fromEntries(url.searchParams);
const roles = { claim: 'groups', map: { staff: ['editor', 'reader'], boss: ['admin'], all: ['user'] } };
const lastEntry = async () => (await hub.store`select action, detail from audit_log order by seq desc limit 1`)[0];

describe('signing in at a provider', () => {
  it('makes an account and a session, and leads to the same account next time', async () => {
    oidc.idp.accounts.set('ann', { email: 'Ann@Example.com', email_verified: true });
    const landing = await oidc.goThrough('ann');
    expect(landing.url.href).toMatch(/^https:\/\/app\.example\.com\/signed-in\?exchange_code=stk_oidc_code_\w+$/);
    const { status, json, headers } = await oidc.exchange(landing);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(json.data).toMatchObject({ expiresIn: 900, user: { email: 'ann@example.com', roles: ['user'] } });
    const { user } = json.data;
    expect(await lastEntry()).toEqual({ action: 'enduser.signup', detail: { user: user.id, provider: 'main' } });
    const again = await oidc.session('ann');
    expect(await lastEntry()).toEqual({ action: 'enduser.login', detail: { user: user.id, provider: 'main' } });
    expect((await me(again.accessToken)).json.data).toEqual(user);
    expect((await post('token', { refreshToken: again.refreshToken })).json.data.user).toEqual(user);
  });

  it('asks with state, nonce and a PKCE challenge of its own each time', async () => {
    const asked = await Promise.all(
      ['bob', 'bob'].map(async (login) => {
        const browser = new Browser();
        await oidc.goThrough(login, { browser });
        return new URL(browser.history.find((url) => url.startsWith(`${oidc.idp.issuer}/auth?`)) ?? '').searchParams;
      }),
    );
    for (const asks of asked) {
      expect(Object.fromEntries(asks)).toMatchObject({
        response_type: 'code',
        client_id: 'hub',
        scope: 'openid email',
        redirect_uri: `${hub.url}/oidc/main/callback`,
        code_challenge_method: 'S256',
      });
    }
    for (const name of ['state', 'nonce', 'code_challenge']) {
      const [first = '', second] = asked.map((asks) => asks.get(name) ?? '');
      expect(first.length).toBeGreaterThanOrEqual(43);
      expect(first).not.toBe(second);
    }
  });

  it.each([
    ['is not verified', { email: 'cy@example.com', email_verified: false }],
    ['is not said to be verified', { email: 'cy@example.com' }],
    ['is none', { email: 'cy', email_verified: true }],
    ['is not told', {}],
  ])('takes no email that %s', async (what, claims) => {
    oidc.idp.accounts.set(`cy-${what}`, claims);
    const { user, accessToken } = await oidc.session(`cy-${what}`);
    expect(user.email).toBeNull();
    expect((await me(accessToken)).json.data).toEqual(user);
  });

  it('never leads to an account of the same email, verified or not', async () => {
    const before = await signedUp('di@example.com');
    oidc.idp.accounts.set('di', { email: 'DI@example.com', email_verified: true });
    const landing = await oidc.goThrough('di');
    expect(params(landing)).toEqual({ error: 'account_exists', error_description: expect.stringContaining('link') });
    oidc.idp.accounts.set('di', { email: 'DI@example.com', email_verified: false });
    const { user } = await oidc.session('di');
    expect([user.email, user.id === before.user.id]).toEqual([null, false]);
  });

  it('is by issuer and subject, whatever the provider is called', async () => {
    const first = await oidc.session('ed');
    expect((await oidc.session('ed', { provider: 'second' })).user.id).toBe(first.user.id);
    expect((await other.session('ed', { provider: 'elsewhere' })).user.id).not.toBe(first.user.id);
  });

  it('gives the roles of mapped claims, and takes them away at the next time that they are not there', async () => {
    await oidc.set('main', { roles, scopes: ['openid', 'email', 'groups'] });
    oidc.idp.accounts.set('fay', { groups: ['staff', 'boss', 'nobody', 'constructor'] });
    const first = await oidc.session('fay');
    expect(first.user.roles).toEqual(['user', 'editor', 'reader', 'admin']);
    oidc.idp.accounts.set('fay', { groups: ['staff', 'all'] });
    const next = await oidc.session('fay');
    expect(next.user.roles).toEqual(['user', 'editor', 'reader']);
    expect((await me(first.accessToken)).status).toBe(401);
    expect((await me(next.accessToken)).json.data).toEqual(next.user);
    await hub.store`update end_users set roles = roles || '["given by hand"]' where id = ${next.user.id}`;
    oidc.idp.accounts.set('fay', {});
    expect((await oidc.session('fay')).user.roles).toEqual(['user', 'given by hand']);
    await oidc.set('main');
  });

  it('needs the code of a second factor, which does not cost the exchange code', async () => {
    const { accessToken } = await oidc.session('guy');
    const { secret } = (await post('totp/enrol', {}, accessToken)).json.data;
    await post('totp/confirm', { code: totpCode(secret, totpStep(new Date())) }, accessToken);
    const landing = await oidc.goThrough('guy');
    expect((await oidc.exchange(landing)).json.error).toMatchObject({
      code: 'UNAUTHORIZED',
      details: { codeNeeded: true },
    });
    expect((await oidc.exchange(landing, { code: '000000' })).status).toBe(401);
    const code = totpCode(secret, totpStep(new Date()) + 1);
    expect((await oidc.exchange(landing, { code })).status).toBe(200);
    expect((await oidc.exchange(landing, { code })).status).toBe(401);
  });

  it('sets cookies for pages of the origins that are listed', async () => {
    const setCookies = async (origin: string) => {
      const exchangeCode = params(await oidc.goThrough('hal')).exchange_code;
      const body = { project: 'shop', env: 'dev', exchangeCode, cookies: true };
      return hub.call('POST /oidc/main/exchange', { token: '', body, headers: { origin } });
    };
    const answer = await setCookies('https://app.example.com');
    expect(answer.json.data).toEqual({ expiresIn: 900, user: expect.anything() });
    const names = answer.headers.getSetCookie().map((cookie) => cookie.split('=')[0]);
    expect(names).toEqual(['stk_access_shop_dev', 'stk_refresh_shop_dev']);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect((await setCookies('https://evil.example.com')).status).toBe(403);
  });

  it('tells apps that ask for JSON where to send the browser', async () => {
    const answer = await fetch(oidc.startUrl(), { headers: { accept: 'application/json' }, redirect: 'manual' });
    const { data } = (await answer.json()) as { data: { url: string } };
    expect([answer.status, data.url.startsWith(`${oidc.idp.issuer}/auth?`)]).toEqual([200, true]);
    const preflight = await hub.call('OPTIONS /oidc/main/start', {
      token: '',
      headers: { origin: 'https://app.example.com' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  });
});

describe('the app is told why in its redirect', () => {
  it('when the user does not sign in', async () => {
    const browser = new Browser();
    const landing = await browser.cancel(await browser.visit(oidc.startUrl(), APP), APP);
    expect(landing.url.href.startsWith(`${BACK}?`)).toBe(true);
    expect(params(landing)).toMatchObject({ error: 'access_denied' });
  });

  it('when signing up is closed; who has an account signs in all the same', async () => {
    await oidc.session('ira');
    await hub.apply(auth('closed'));
    const users = () => hub.store`select count(*) from end_users`;
    const before = await users();
    expect(params(await oidc.goThrough('jo'))).toMatchObject({ error: 'signup_closed' });
    expect(await users()).toEqual(before);
    await oidc.session('ira');
    await hub.apply(auth('open'));
    const landing = await oidc.goThrough('jo');
    await hub.apply(auth('closed'));
    expect((await oidc.exchange(landing)).json.error.code).toBe('FORBIDDEN');
    await hub.apply(auth('open'));
  });

  it('when the account is disabled', async () => {
    const { user } = await oidc.session('kim');
    const landing = await oidc.goThrough('kim');
    await hub.store`update end_users set disabled = true where id = ${user.id}`;
    expect(params(await oidc.goThrough('kim'))).toMatchObject({ error: 'account_disabled' });
    expect((await oidc.exchange(landing)).status).toBe(403);
  });

  it('when the provider cannot be reached, before and after the user was there', async () => {
    const gone = await OidcCalls.start(hub, ['gone']);
    const browser = new Browser();
    const back = await gone.untilCallback('lou', { browser, provider: 'gone' });
    await gone.idp.stop();
    expect(params(await browser.visit(back, APP))).toMatchObject({ error: 'provider_unavailable' });
    await gone.set('gone');
    expect(params(await gone.goThrough('lou', { provider: 'gone' }))).toMatchObject({ error: 'provider_unavailable' });
    const scripted = await fetch(gone.startUrl({ provider: 'gone' }), { headers: { accept: 'application/json' } });
    expect(await scripted.text()).toMatch(
      /^\{"data":\{"url":"https:\/\/app\.example\.com\/.*error=provider_unavailable/,
    );
  });

  it('when the provider refuses the client secret', async () => {
    await oidc.set('second', { clientSecret: 'not the secret' });
    expect(params(await oidc.goThrough('mo', { provider: 'second' }))).toMatchObject({ error: 'provider_refused' });
    await oidc.set('second');
  });
});

describe('linking', () => {
  const link = (login: string, token: string) => oidc.goThrough(login, { query: { mode: 'link' }, token });

  it('makes an identity that of the signed-in user, who can sign in with either from then on', async () => {
    const { user, accessToken } = await signedUp('ned@example.com');
    const linked = await oidc.exchange(await link('ned', accessToken));
    expect([linked.status, linked.json.data.user]).toEqual([200, user]);
    expect(await lastEntry()).toEqual({ action: 'enduser.oidc_link', detail: { user: user.id, provider: 'main' } });
    expect((await oidc.session('ned')).user).toEqual(user);
    expect((await oidc.exchange(await link('ned', accessToken))).status).toBe(200);
    const second = await oidc.exchange(await link('ned-too', accessToken));
    expect(second.status).toBe(200);
    expect((await oidc.session('ned-too')).user).toEqual(user);
    expect((await post('login', { email: 'ned@example.com', password: PASSWORD })).status).toBe(200);
  });

  it('of an identity that belongs to somebody else is 409, and changes nothing', async () => {
    const owner = await oidc.session('oz');
    const { accessToken } = await signedUp('pat@example.com');
    const refused = await oidc.exchange(await link('oz', accessToken));
    expect([refused.status, refused.json.error.code]).toEqual([409, 'CONFLICT']);
    expect((await oidc.session('oz')).user).toEqual(owner.user);
  });

  it('needs somebody signed in', async () => {
    for (const token of [undefined, 'nonsense']) {
      const url = oidc.startUrl({ query: { mode: 'link' } });
      expect((await hub.call(`GET ${url.slice(hub.url.length)}`, { token: token ?? '' })).status).toBe(401);
    }
  });

  it('by cookie is not begun from a page elsewhere', async () => {
    const { accessToken } = await signedUp('quin@example.com');
    const begin = (site: string) =>
      fetch(oidc.startUrl({ query: { mode: 'link' } }), {
        redirect: 'manual',
        headers: { cookie: `stk_access_shop_dev=${accessToken}`, 'sec-fetch-site': site },
      });
    expect((await begin('cross-site')).status).toBe(403);
    expect((await begin('same-origin')).status).toBe(302);
  });

  it('ends with the session that it was begun in', async () => {
    const { accessToken, refreshToken } = await signedUp('ray@example.com');
    const landing = await link('ray', accessToken);
    await post('logout', { refreshToken });
    expect((await oidc.exchange(landing)).status).toBe(401);
    expect((await hub.store`select 1 from oidc_identities where subject = 'ray'`).length).toBe(0);
  });
});
