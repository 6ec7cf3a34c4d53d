import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from './support/browser.ts';
import { CLIENT_SECRET } from './support/identity-provider.ts';
import { APP, BACK, OidcCalls } from './support/oidc-calls.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

let hub: RunningHub;
let oidc: OidcCalls;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
  oidc = await OidcCalls.start(hub, ['main', 'second']);
});
afterAll(async () => {
  await oidc.idp.stop();
  await hub.stop();
});

const params = ({ url }: { url: URL }) => Object.fromEntries(url.searchParams);
const withParams = (url: string, more: Record<string, string | null>) => {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(more))
    if (value === null) changed.searchParams.delete(name);
    else changed.searchParams.set(name, value);
  return changed.href;
};
const identities = async () => (await hub.store`select subject from oidc_identities`).map(({ subject }) => subject);

describe('a redirect_uri that is not on the list, letter by letter, is refused', () => {
  it.each([
    ['is elsewhere', 'https://evil.example.com/signed-in'],
    ['has a slash more', `${BACK}/`],
    ['has a query', `${BACK}?next=/`],
    ['has a fragment', `${BACK}#x`],
    ['goes on', `${BACK}-or-not`],
    ['climbs', `${BACK}/../signed-in`],
    ['is written in other letters', 'https://APP.example.com/signed-in'],
    ['names the port', 'https://app.example.com:443/signed-in'],
    ['is not over TLS', 'http://app.example.com/signed-in'],
    ['hides its host behind a user', 'https://app.example.com@evil.example.com/signed-in'],
    ['hides its host behind a backslash', 'https://evil.example.com\\@app.example.com/signed-in'],
    ['breaks the line', `${BACK}\r\nset-cookie: a=b`],
    ['is a script', 'javascript:alert(1)//https://app.example.com/signed-in'],
    ['is relative', '//app.example.com/signed-in'],
  ])('that %s', async (_, uri) => {
    const answer = await fetch(oidc.startUrl({ query: { redirect_uri: uri } }), { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(await answer.text()).toContain('redirect_uri');
  });
});

describe('a state', () => {
  it('is good once', async () => {
    const browser = new Browser();
    const back = await oidc.untilCallback('ann', { browser });
    expect(params(await browser.visit(back, APP))).toHaveProperty('exchange_code');
    const replayed = await browser.visit(back, APP);
    expect([replayed.response?.status, replayed.text]).toEqual([400, expect.stringContaining('start again')]);
  });

  it('is good once also when the answer was not', async () => {
    const browser = new Browser();
    const back = await oidc.untilCallback('ann', { browser });
    const failed = await browser.visit(withParams(back, { code: 'another' }), APP);
    expect(params(failed)).toMatchObject({ error: 'provider_refused' });
    expect((await browser.visit(back, APP)).response?.status).toBe(400);
  });

  it('is of the browser that began, so that nobody is signed in to, or linked with, the account of another', async () => {
    const back = await oidc.untilCallback('mallory');
    const victim = await new Browser().visit(back, APP);
    expect([victim.response?.status, victim.url.href]).toEqual([403, back]);
    const other = new Browser();
    await oidc.untilCallback('victim', { browser: other });
    expect((await other.visit(await oidc.untilCallback('mallory'), APP)).response?.status).toBe(403);
    expect(await identities()).not.toContain('mallory');
  });

  it('is of the provider that the browser was sent to', async () => {
    const browser = new Browser();
    const back = await oidc.untilCallback('ann', { browser });
    const confused = await browser.visit(back.replace('/oidc/main/', '/oidc/second/'), APP);
    expect(confused.response?.status).toBe(400);
  });

  it('ends after its time, and with its provider', async () => {
    for (const end of [
      () => hub.store`update oidc_flows set expires_at = now()`,
      () => oidc.set('main'),
      () => hub.must('DELETE /api/v1/projects/shop/envs/dev/oidc/main'),
    ]) {
      const browser = new Browser();
      const back = await oidc.untilCallback('ann', { browser });
      await end();
      expect((await browser.visit(back, APP)).response?.status).toBe(400);
    }
    await oidc.set('main');
  });

  it.each([{}, { state: '' }, { state: 'nonsense' }, { state: 'x'.repeat(501) }])('is none: %j', async (query) => {
    const answer = await hub.call(`GET /oidc/main/callback?${new URLSearchParams({ code: 'c', ...query })}`, {
      token: '',
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  it('that comes twice is refused', async () => {
    expect((await hub.call('GET /oidc/main/callback?state=a&state=b', { token: '' })).status).toBe(400);
  });
});

describe('an answer is refused', () => {
  it.each([
    ['of another issuer', { iss: 'https://evil.example.com' }],
    ['that does not say whose it is, though the provider does', { iss: null }],
    ['without a code', { code: null }],
  ])('%s (RFC 9207)', async (_, changes) => {
    const browser = new Browser();
    const back = await oidc.untilCallback('bob', { browser });
    expect(params(await browser.visit(withParams(back, changes), APP))).toMatchObject({ error: 'invalid_response' });
    expect(await identities()).not.toContain('bob');
  });

  it('with an error of another issuer, whatever it says', async () => {
    const browser = new Browser();
    const back = await oidc.untilCallback('bob', { browser });
    const changes = { code: null, error: 'access_denied', iss: 'https://evil.example.com' };
    expect(params(await browser.visit(withParams(back, changes), APP))).toMatchObject({ error: 'invalid_response' });
  });

  it('with the code of somebody else', async () => {
    const stolen = new URL(await oidc.untilCallback('victim')).searchParams.get('code');
    const browser = new Browser();
    const back = await oidc.untilCallback('mallory', { browser });
    const landing = await browser.visit(withParams(back, { code: stolen }), APP);
    expect(params(landing)).toMatchObject({ error: 'provider_refused' });
    expect(await identities()).not.toContain('victim');
  });

  const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString());
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = (more: object) => (token: string) => {
    const [header, payload, signature] = token.split('.');
    return [header, encode({ ...decode(payload), ...more }), signature].join('.');
  };
  it.each<[string, (token: string) => string | undefined]>([
    ['is of somebody else', claims({ sub: 'admin' })],
    ['says more than was signed', claims({ email: 'admin@example.com', email_verified: true })],
    ['is for somebody else', claims({ aud: 'another' })],
    ['is by somebody else', claims({ iss: 'https://evil.example.com' })],
    ['has another nonce', claims({ nonce: 'another' })],
    ['has expired', claims({ exp: 1 })],
    ['is not signed', (token) => [encode({ alg: 'none' }), token.split('.')[1], ''].join('.')],
    ['is signed by what is public', (token) => [encode({ alg: 'HS256' }), ...token.split('.').slice(1)].join('.')],
    ['is none', () => 'nonsense'],
    ['is not there', () => undefined],
  ])('whose ID token %s', async (_, change) => {
    oidc.idp.tamper = (answer) => {
      if (typeof answer.id_token === 'string') answer.id_token = change(answer.id_token);
    };
    const landing = await oidc.goThrough('cy');
    oidc.idp.tamper = () => undefined;
    expect(params(landing)).toMatchObject({ error: 'invalid_response' });
    expect(await identities()).not.toContain('cy');
  });
});

describe('an exchange code', () => {
  const codeOf = async (login = 'di') => params(await oidc.goThrough(login)).exchange_code ?? '';

  it('is good once, also for two that send it at once', async () => {
    const code = await codeOf();
    const both = await Promise.all([oidc.exchange(code), oidc.exchange(code)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 401]);
    expect((await oidc.exchange(code)).json.error.code).toBe('UNAUTHORIZED');
  });

  it('is good for 60 seconds', async () => {
    const code = await codeOf();
    const [{ left = 0 } = {}] = await hub.store`
      select extract(epoch from max(expires_at) - now())::float as left from oidc_exchanges`;
    expect(Math.abs(left - 60)).toBeLessThan(5);
    await hub.store`update oidc_exchanges set expires_at = now()`;
    expect((await oidc.exchange(code)).status).toBe(401);
  });

  it('is good at its provider and env alone', async () => {
    await hub.must('POST /api/v1/projects/shop/envs', { body: { name: 'prod' } });
    await hub.store`update envs set current_release_id = (select current_release_id from envs where name = 'dev') where name = 'prod'`;
    const code = await codeOf();
    expect((await oidc.exchange(code, {}, 'second')).status).toBe(401);
    expect((await oidc.exchange(code, { env: 'prod' })).status).toBe(401);
    expect((await oidc.exchange(code, { env: 'none' })).status).toBe(404);
    const answer = await hub.call('POST /oidc/main/exchange', { token: '', body: { exchange_code: code } });
    expect(answer.status).toBe(200);
  });

  it.each([
    [{}, 400],
    [{ exchangeCode: '' }, 400],
    [{ exchangeCode: 'a', exchange_code: 'a' }, 400],
    [{ exchangeCode: 'a', project: 'shop' }, 400],
    [{ exchangeCode: 7 }, 400],
    [{ exchangeCode: 'a', user: 'u' }, 400],
    [{ exchangeCode: 'nonsense' }, 401],
  ])('that is none: %j', async (body, status) => {
    expect((await hub.call('POST /oidc/main/exchange', { token: '', body })).status).toBe(status);
  });

  it('of a new account makes one account, however often its user signs in at once', async () => {
    const codes = await Promise.all([codeOf('ed'), codeOf('ed'), codeOf('ed')]);
    const answers = await Promise.all(codes.map((code) => oidc.exchange(code)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(({ json }) => json.data.user.id)).size).toBe(1);
  });
});

describe('what is secret', () => {
  it('is in no log, no audit entry and no table: client secret, state, verifier, nonce, codes and tokens', async () => {
    const browser = new Browser();
    const { accessToken, refreshToken } = await oidc.session('fay', { browser });
    await oidc.goThrough('fay', { browser });
    await oidc.untilCallback('fay', { browser });
    const found = browser.history.flatMap((url) =>
      ['state', 'nonce', 'code', 'exchange_code'].map((name) => new URL(url).searchParams.get(name) ?? ''),
    );
    const secrets = [CLIENT_SECRET, accessToken, refreshToken, ...found].filter((secret) => secret !== '');
    expect(secrets.length).toBeGreaterThan(8);
    const tables = ['oidc_providers', 'oidc_flows', 'oidc_exchanges', 'oidc_identities', 'audit_log'];
    const rows = await Promise.all(tables.map((table) => hub.store.unsafe(`select t::text as row from ${table} t`)));
    const kept = [...rows.flat().map(({ row }) => row as string), ...hub.logs].join('\n');
    expect(secrets.filter((secret) => kept.includes(secret))).toEqual([]);
  });
});

it('an env without the provider, and one that is not there, have nothing at its paths', async () => {
  for (const query of ['project=shop&env=none', 'project=none&env=dev']) {
    const path = `/oidc/main/start?${query}&redirect_uri=${encodeURIComponent(BACK)}`;
    expect((await hub.call(`GET ${path}`, { token: '' })).status).toBe(404);
  }
  const unknown = oidc.startUrl({ provider: 'unknown' }).slice(hub.url.length);
  expect((await hub.call(`GET ${unknown}`, { token: '' })).status).toBe(404);
});
