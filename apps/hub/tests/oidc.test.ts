import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, type Landing } from './support/browser.ts';
import { CLIENT_ID, CLIENT_SECRET, IdentityProvider } from './support/identity-provider.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const APP = 'https://app.example.com/';
const BACK = `${APP}signed-in`;
const PROVIDERS = '/api/v1/projects/shop/envs/dev/oidc';
let hub: RunningHub;
let idp: IdentityProvider;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply({ ...SHOP_FILES, 'config/auth.yaml': 'signup: open\norigins: ["https://app.example.com"]\n' });
  idp = await IdentityProvider.start({
    callbackUrls: ['acme', 'second'].map((name) => `${hub.url}/oidc/${name}/callback`),
  });
  for (const name of ['acme', 'second']) await hub.must(`PUT ${PROVIDERS}/${name}`, { body: settings() });
});
afterAll(async () => {
  await idp.stop();
  await hub.stop();
});

const settings = (more: object = {}) => ({
  issuer: idp.issuer,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  redirectUris: [BACK],
  ...more,
});
const startUrl = (more: Record<string, string> = {}, provider = 'acme') =>
  `${hub.url}/oidc/${provider}/start?${new URLSearchParams({ project: 'shop', env: 'dev', redirect_uri: BACK, ...more })}`;
const exchange = (code: string | null, more: object = {}, provider = 'acme') =>
  hub.call(`POST /oidc/${provider}/exchange`, {
    token: '',
    body: { project: 'shop', env: 'dev', exchangeCode: code, ...more },
  });

async function goThrough(
  login: string,
  { browser = new Browser(), url = startUrl(), headers = {} } = {},
): Promise<Landing> {
  return browser.signIn(await browser.visit(url, APP, { headers }), APP, login);
}
const codeIn = ({ url }: Landing) => url.searchParams.get('exchange_code');

describe('signing in at a provider', () => {
  it('makes an account and a session, and the same account next time', async () => {
    idp.accounts.set('ann', { email: 'Ann@Example.com', email_verified: true });
    const landing = await goThrough('ann');
    expect(landing.url.href).toMatch(/^https:\/\/app\.example\.com\/signed-in\?exchange_code=stk_oidc_code_\w+$/);
    const first = await exchange(codeIn(landing));
    expect(first).toMatchObject({
      status: 200,
      json: { data: { expiresIn: 900, user: { email: 'ann@example.com', roles: ['user'] } } },
    });
    const again = await exchange(codeIn(await goThrough('ann')));
    expect(again.json.data.user).toEqual(first.json.data.user);
    const me = await hub.call('GET /endusers/me?project=shop&env=dev', { token: again.json.data.accessToken });
    expect(me.json.data).toEqual(first.json.data.user);
  });
});
