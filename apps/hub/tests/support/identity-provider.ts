import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration } from 'oidc-provider';

export const CLIENT_ID = 'hub';
export const CLIENT_SECRET = 'the client secret of the tests + / %';

/** Claims of an account beside `sub`, which is what one signs in as. */
export type Claims = Readonly<Record<string, unknown>>;

export interface IdentityProviderOptions {
  /** Where it may send browsers back to. */
  readonly callbackUrls: readonly string[];
  readonly clientAuth?: 'client_secret_basic' | 'client_secret_post' | 'none';
  /** Whether the ID token has all claims; else they are told by userinfo alone. */
  readonly claimsInIdToken?: boolean;
}

/** A real OpenID provider on a free port of this machine, with its forms for signing in and for consent. */
export class IdentityProvider {
  readonly issuer: string;
  readonly accounts = new Map<string, Claims>();
  /** Changes what it answers for a code, as a provider would that is broken or not to be trusted. */
  tamper: (answer: Record<string, unknown>) => void = () => undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(options: IdentityProviderOptions): Promise<IdentityProvider> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const started = new IdentityProvider(server);
    const provider = new Provider(started.issuer, configuration(started.accounts, options));
    provider.use(async (context, next) => {
      await next();
      if (context.oidc?.route === 'token') started.tamper(context.body as Record<string, unknown>);
    });
    server.on('request', provider.callback());
    return started;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function configuration(accounts: Map<string, Claims>, options: IdentityProviderOptions): Configuration {
  const { callbackUrls, clientAuth = 'client_secret_basic', claimsInIdToken = false } = options;
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        ...(clientAuth === 'none' ? {} : { client_secret: CLIENT_SECRET }),
        token_endpoint_auth_method: clientAuth,
        redirect_uris: [...callbackUrls],
        // It lets clients of the web come from https alone.
        application_type: 'native',
      },
    ],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups', 'realm'] },
    scopes: ['openid', 'email', 'groups'],
    conformIdTokenClaims: !claimsInIdToken,
    pkce: { required: () => true },
    cookies: { keys: ['a key of the tests'] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...accounts.get(sub) }) }),
  };
}
