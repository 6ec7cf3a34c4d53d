import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetOidcFlows } from '../src/oidc/forget-oidc-flows.ts';
import { CLIENT_SECRET } from './support/identity-provider.ts';
import { BACK, OidcCalls } from './support/oidc-calls.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const PROVIDERS = '/api/v1/projects/shop/envs/dev/oidc';
let hub: RunningHub;
let oidc: OidcCalls;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
  oidc = await OidcCalls.start(hub);
});
afterAll(async () => {
  await oidc.idp.stop();
  await hub.stop();
});

const put = (body: object, name = 'some') => hub.call(`PUT ${PROVIDERS}/${name}`, { body });

describe('a provider', () => {
  it('is shown and listed, never its secret', async () => {
    const roles = { claim: 'groups', map: { staff: ['editor'] } };
    const set = await put(oidc.settings({ roles }), 'shown');
    expect(set.json.data).toEqual({
      name: 'shown',
      issuer: oidc.idp.issuer,
      clientId: 'hub',
      hasSecret: true,
      clientAuth: 'basic',
      scopes: ['openid', 'email'],
      redirectUris: [BACK],
      roles,
      callbackUrl: `${hub.url}/oidc/shown/callback`,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect((await hub.must(`GET ${PROVIDERS}/shown`)).json.data).toEqual(set.json.data);
    const list = await hub.must(`GET ${PROVIDERS}`);
    expect(list.json.data.items.map(({ name }: { name: string }) => name)).toEqual(['shown', 'main']);
    expect(set.text + list.text).not.toContain(CLIENT_SECRET);
    const [entry] = await hub.store`select action, detail from audit_log order by seq desc limit 1`;
    expect(entry).toMatchObject({ action: 'oidc.set', detail: { provider: 'shown', version: 1, secret: true } });
    expect(JSON.stringify(entry)).not.toContain(CLIENT_SECRET);
  });

  it('keeps its secret until another is given, and is public when it is null', async () => {
    const { clientSecret, ...rest } = oidc.settings();
    expect((await put(rest, 'main')).json.data.hasSecret).toBe(true);
    await oidc.session('ann');
    expect((await put({ ...rest, clientSecret: null }, 'main')).json.data.hasSecret).toBe(false);
    expect((await put(rest, 'main')).json.data.hasSecret).toBe(false);
    await oidc.set('main', { clientSecret });
  });

  it('does not take its secret along to another issuer or client', async () => {
    const { clientSecret: _, ...rest } = oidc.settings();
    for (const change of [{ issuer: 'https://evil.example.com' }, { clientId: 'another' }]) {
      const refused = await put({ ...rest, ...change }, 'main');
      expect([refused.status, refused.json.error.message]).toEqual([400, expect.stringContaining('clientSecret')]);
    }
    expect((await put({ ...oidc.settings(), clientId: 'another' }, 'main')).status).toBe(200);
    await oidc.set('main');
  });

  it('is tested: it, its endpoints and keys', async () => {
    const test = await hub.must(`POST ${PROVIDERS}/main/test`);
    expect(test.json.data).toEqual({
      ok: true,
      issuer: oidc.idp.issuer,
      authorizationEndpoint: `${oidc.idp.issuer}/auth`,
      signingKeys: 1,
      issParameter: true,
      latencyMs: expect.any(Number),
    });
  });

  it.each([
    ['nothing listens', 'http://127.0.0.1:1'],
    ['no provider is', 'http://localhost:1'],
  ])('that is where %s fails its test with 503, in words', async (_, issuer) => {
    await put(oidc.settings({ issuer }), 'nowhere');
    const { status, json } = await hub.call(`POST ${PROVIDERS}/nowhere/test`);
    expect([status, json.error.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(json.error.message).toMatch(/description cannot be read: .+/);
  });

  it('that says it is another fails its test', async () => {
    await put(oidc.settings({ issuer: oidc.idp.issuer.replace('127.0.0.1', 'localhost') }), 'nowhere');
    expect((await hub.call(`POST ${PROVIDERS}/nowhere/test`)).status).toBe(503);
  });

  it('that is removed signs nobody in; its accounts stay, and are there when it is set again', async () => {
    const { user } = await oidc.session('bob');
    expect((await hub.must(`DELETE ${PROVIDERS}/main`)).json.data).toEqual({ name: 'main' });
    for (const method of ['GET', 'DELETE']) expect((await hub.call(`${method} ${PROVIDERS}/main`)).status).toBe(404);
    expect((await fetch(oidc.startUrl(), { redirect: 'manual' })).status).toBe(404);
    await oidc.set('main');
    expect((await oidc.session('bob')).user).toEqual(user);
  });

  it.each([
    ['issuer', { issuer: 'id.example.com' }],
    ['issuer', { issuer: 'http://id.example.com' }],
    ['issuer', { issuer: 'https://id.example.com/.well-known/openid-configuration' }],
    ['issuer', { issuer: 'https://user:pass@id.example.com' }],
    ['issuer', { issuer: 'https://id.example.com/?tenant=a' }],
    ['issuer', { issuer: 'file:///etc/passwd' }],
    ['clientId', { clientId: '' }],
    ['clientSecret', { clientSecret: '' }],
    ['clientAuth', { clientAuth: 'jwt' }],
    ['scopes', { scopes: ['email'] }],
    ['scopes', { scopes: ['openid', 'a b'] }],
    ['redirectUris', { redirectUris: [] }],
    ['redirectUris', { redirectUris: ['javascript:alert(1)'] }],
    ['redirectUris', { redirectUris: ['data:text/html,x'] }],
    ['redirectUris', { redirectUris: ['https://app.example.com/#x'] }],
    ['redirectUris', { redirectUris: ['https://a@app.example.com/'] }],
    ['redirectUris', { redirectUris: ['/signed-in'] }],
    ['redirectUris', { redirectUris: ['https://*.example.com/ x'] }],
    ['roles', { roles: { claim: 'groups', map: { staff: [] } } }],
    ['roles', { roles: { claim: '', map: {} } }],
  ])('with a wrong %s is refused, which is named: %j', async (field, wrong) => {
    const { status, json } = await put(oidc.settings(wrong));
    expect([status, json.error.code]).toEqual([400, 'BAD_REQUEST']);
    expect(json.error.message).toContain(`Invalid body: ${field}`);
  });

  it('is named as what it is called in URLs', async () => {
    for (const name of ['Acme', 'a.b', '-a']) expect((await put(oidc.settings(), name)).status).toBe(400);
  });

  it('may send back to an app that is not on the web', async () => {
    const answer = await put(oidc.settings({ redirectUris: ['com.example.app:/signed-in', 'http://127.0.0.1:7777/'] }));
    expect(answer.status).toBe(200);
  });
});

it('what is left of sign-ins that nobody finished is dropped, and nothing else', async () => {
  await oidc.goThrough('cy');
  await oidc.untilCallback('cy');
  const count = async () => {
    const [row] = await hub.store`
      select (select count(*)::int from oidc_flows) flows, (select count(*)::int from oidc_exchanges) exchanges`;
    return row;
  };
  const before = await count();
  await forgetOidcFlows(hub.deps);
  expect(await count()).toEqual(before);
  await hub.store`update oidc_flows set expires_at = now() - interval '1s'`;
  await hub.store`update oidc_exchanges set expires_at = now() - interval '1s'`;
  await forgetOidcFlows(hub.deps);
  expect(await count()).toEqual({ flows: 0, exchanges: 0 });
});
