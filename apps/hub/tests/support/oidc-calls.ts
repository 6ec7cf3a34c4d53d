import { Browser, type Landing } from './browser.ts';
import { CLIENT_ID, CLIENT_SECRET, IdentityProvider } from './identity-provider.ts';
import type { Answer, RunningHub } from './running-hub.ts';

/** The app that end users come back to; nothing answers there. */
export const APP = 'https://app.example.com/';
export const BACK = `${APP}signed-in`;
const PLACE = { project: 'shop', env: 'dev' };
const PROVIDERS = '/api/v1/projects/shop/envs/dev/oidc';

export interface GoThrough {
  readonly browser?: Browser;
  readonly provider?: string;
  /** Of the start, beside project, env and `redirect_uri`, or in their place. */
  readonly query?: Readonly<Record<string, string>>;
  /** That the app starts with, to link an identity. */
  readonly token?: string;
}

/** A provider on this machine, and the way through it to the Hub's env `dev` and back to the app. */
export class OidcCalls {
  readonly hub: RunningHub;
  readonly idp: IdentityProvider;

  private constructor(hub: RunningHub, idp: IdentityProvider) {
    this.hub = hub;
    this.idp = idp;
  }

  static async start(hub: RunningHub, names: readonly string[] = ['main']): Promise<OidcCalls> {
    const callbackUrls = names.map((name) => `${hub.url}/oidc/${name}/callback`);
    const calls = new OidcCalls(hub, await IdentityProvider.start({ callbackUrls }));
    for (const name of names) await calls.set(name);
    return calls;
  }

  /** What an operator sets for the provider. */
  settings(more: object = {}) {
    return {
      issuer: this.idp.issuer,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      redirectUris: [BACK],
      ...more,
    };
  }

  set(name: string, more: object = {}): Promise<Answer> {
    return this.hub.must(`PUT ${PROVIDERS}/${name}`, { body: this.settings(more) });
  }

  startUrl({ provider = 'main', query = {} }: Pick<GoThrough, 'provider' | 'query'> = {}): string {
    return `${this.hub.url}/oidc/${provider}/start?${new URLSearchParams({ ...PLACE, redirect_uri: BACK, ...query })}`;
  }

  /** Signs in at the provider as `login`, until the browser is back at the app, or nowhere. */
  async goThrough(login: string, going: GoThrough = {}): Promise<Landing> {
    const { browser = new Browser(), token } = going;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return browser.signIn(await browser.visit(this.startUrl(going), APP, { headers }), APP, login);
  }

  /** Begins as `goThrough`, and stops before the browser comes back to the Hub. @returns where it would come back to */
  async untilCallback(login: string, going: GoThrough = {}): Promise<string> {
    const { browser = new Browser(), provider = 'main' } = going;
    const back = `${this.hub.url}/oidc/${provider}/callback`;
    return (await browser.signIn(await browser.visit(this.startUrl(going), back), back, login)).url.href;
  }

  exchange(landing: Landing | string, body: object = {}, provider = 'main'): Promise<Answer> {
    const exchangeCode = typeof landing === 'string' ? landing : landing.url.searchParams.get('exchange_code');
    return this.hub.call(`POST /oidc/${provider}/exchange`, { token: '', body: { ...PLACE, exchangeCode, ...body } });
  }

  /** A session of who signs in as `login`. */
  async session(login: string, going: GoThrough = {}) {
    const landing = await this.goThrough(login, going);
    const answer = await this.exchange(landing, {}, going.provider);
    if (answer.status !== 200) throw new Error(`${landing.url.href}: ${answer.status} ${answer.text}`);
    return answer.json.data;
  }
}
