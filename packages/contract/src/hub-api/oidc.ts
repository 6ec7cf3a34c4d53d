import { z } from 'zod';
import { resourceNameSchema } from '../hub-api.ts';
import { roleNameSchema } from '../role-name.ts';
import { endUserPlaceSchema } from './end-users.ts';

/** How the Hub shows a provider its client secret (OpenID Connect Core 1.0, section 9). */
export const OIDC_CLIENT_AUTHS = ['basic', 'post'] as const;
const issuerSchema = z
  .string()
  .max(1_000)
  .refine(isIssuer, 'an https URL (http on this machine only) without query, user or /.well-known/ path');
const redirectUriSchema = z
  .string()
  .max(2_000)
  .refine(isRedirectUri, 'an http or https URL, or com.example.app:/path of an app, without user and #');
/** RFC 6749, section 3.3. */
const scopeSchema = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/, 'not a scope');

/** A claim, by name or dotted path, and the roles that each of its values gives. */
export const oidcRolesSchema = z.strictObject({
  claim: z.string().min(1).max(200),
  map: z.record(z.string().min(1).max(200), z.array(roleNameSchema).min(1).max(50)),
});
/** Without `clientSecret` the one that is kept stays; null says that the client is public. */
export const setOidcProviderRequestSchema = z.strictObject({
  issuer: issuerSchema,
  clientId: z.string().min(1).max(500),
  clientSecret: z.string().min(1).max(4_096).nullish(),
  clientAuth: z.enum(OIDC_CLIENT_AUTHS).default('basic'),
  scopes: z
    .array(scopeSchema)
    .max(50)
    .refine((scopes) => scopes.includes('openid'), 'openid must be one of them')
    .default(['openid', 'email']),
  redirectUris: z.array(redirectUriSchema).min(1).max(50),
  roles: oidcRolesSchema.nullable().default(null),
});
/** Never the secret. `callbackUrl` is what the provider must be told. */
export const oidcProviderSchema = z.object({
  name: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  hasSecret: z.boolean(),
  clientAuth: z.enum(OIDC_CLIENT_AUTHS),
  scopes: z.array(z.string()),
  redirectUris: z.array(z.string()),
  roles: oidcRolesSchema.nullable(),
  callbackUrl: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export const oidcProviderListSchema = z.object({ items: z.array(oidcProviderSchema) });
export const removedOidcProviderSchema = z.object({ name: z.string() });
/** `issParameter`: whether the provider says in each answer that it is the one who answers (RFC 9207). */
export const oidcProviderTestSchema = z.object({
  ok: z.literal(true),
  issuer: z.string(),
  authorizationEndpoint: z.string(),
  signingKeys: z.number(),
  issParameter: z.boolean(),
  latencyMs: z.number(),
});

export const oidcStartQuerySchema = endUserPlaceSchema.extend({
  mode: z.enum(['login', 'link']).default('login'),
  redirect_uri: z.string().min(1).max(2_000),
});
/** For those that ask for JSON instead of a redirect: where to send the browser. */
export const oidcStartAnswerSchema = z.object({ url: z.string() });
/** What a provider answers with (RFC 6749, section 4.1.2; RFC 9207), beside what else it may add. */
export const oidcCallbackQuerySchema = z.object({
  state: z.string().min(1).max(500),
  code: z.string().max(8_192).optional(),
  iss: z.string().max(1_000).optional(),
  error: z.string().max(1_000).optional(),
  error_description: z.string().max(4_096).optional(),
});
/**
 * The exchange code also under the name that it has in the URL. `code` is that of a second factor. Project and env, where given, must be
 * those that it was made for.
 */
export const oidcExchangeRequestSchema = z
  .strictObject({
    project: resourceNameSchema,
    env: resourceNameSchema,
    exchangeCode: z.string().min(1).max(500),
    exchange_code: z.string().min(1).max(500),
    cookies: z.boolean(),
    code: z.string().min(1).max(100),
  })
  .partial()
  .refine(
    (body) => (body.exchangeCode === undefined) !== (body.exchange_code === undefined),
    'exchangeCode: must be given, once',
  )
  .refine((body) => (body.project === undefined) === (body.env === undefined), 'project and env belong together');

/** `subject` says which, of several identities at one provider; without it all of them. */
export const unlinkOidcRequestSchema = endUserPlaceSchema.extend({ subject: z.string().min(1).max(255).optional() });
/** Who a user is at OpenID providers; `provider` is null where the env has none of this issuer any more. */
export const endUserIdentityListSchema = z.object({
  items: z.array(
    z.object({
      provider: z.string().nullable(),
      issuer: z.string(),
      subject: z.string(),
      createdAt: z.string(),
      usedAt: z.string(),
    }),
  ),
});

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const plain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && isLocal);
  return plain && safe && !text.endsWith('?') && !url.pathname.includes('/.well-known/');
}

/** Also of apps that are not on the web: a scheme of their own has a dot (RFC 8252, section 7.1), so that it is none that a browser runs. */
function isRedirectUri(text: string): boolean {
  if (!/^[\x21-\x7E]+$/.test(text) || text.includes('#') || text.includes('\\') || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^(https?|[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+):$/.test(protocol) && username === '' && password === '';
}
