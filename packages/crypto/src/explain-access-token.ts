import { CLOCK_SKEW_SECONDS, importAccessTokenKey, MAX_TOKEN_LENGTH } from './access-token.ts';
import { objectOf, secondsOf } from './access-token-claims.ts';
import { SIGNATURE_BYTES, splitV4Public, verifyV4Public } from './paseto-v4-public.ts';

/** A token as it reads, before anything is verified. */
export interface ReadToken {
  readonly kid: string | null;
  /** Null where it is not a v4.public token over a JSON object. */
  readonly claims: Readonly<Record<string, unknown>> | null;
}

/** What an env admits tokens by. */
export interface TokenTerms {
  readonly project: string;
  readonly env: string;
  readonly keys: readonly { readonly kid: string; readonly publicKey: string }[];
  /** Of the token's user, milliseconds since the epoch; null where there is none. */
  readonly notBeforeMs: number | null;
  readonly nowMs: number;
}

/** `what` is the claim that is wrong, or `form`, `kid` or `signature`. */
export interface TokenProblem {
  readonly what: string;
  readonly message: string;
}

/** Reads a token without verifying anything. */
export function readAccessToken(token: string): ReadToken {
  const parts = token.length > MAX_TOKEN_LENGTH ? null : splitV4Public(token);
  const kid = objectOf(parts?.footer)?.kid;
  const claims = objectOf(parts?.signed.subarray(0, -SIGNATURE_BYTES));
  return { kid: typeof kid === 'string' ? kid : null, claims };
}

/**
 * Everything for which an env refuses an access token; nothing where it admits it. For people who look into a failure: what verifies a call
 * is `verifyAccessToken`, which tells nobody.
 */
export function explainAccessToken(token: string, terms: TokenTerms): readonly TokenProblem[] {
  const { kid, claims } = readAccessToken(token);
  if (token.length > MAX_TOKEN_LENGTH)
    return [{ what: 'form', message: `it has ${token.length} characters; more than ${MAX_TOKEN_LENGTH} is none` }];
  if (claims === null) return [{ what: 'form', message: formProblem(token) }];
  return [...keyProblems(token, kid, terms), ...claimProblems(claims, terms)];
}

function formProblem(token: string): string {
  if (/^ey[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) return 'it is a JWT; access tokens are PASETO v4.public';
  if (/^stk_[a-z]+_/.test(token))
    return `it is no access token but one that begins with ${/^stk_[a-z]+_/.exec(token)?.[0]}`;
  const version = /^v\d\.(local|public)\./.exec(token)?.[0];
  if (version !== undefined && version !== 'v4.public.')
    return `it is PASETO ${version.slice(0, -1)}; access tokens are v4.public`;
  return 'it is no PASETO v4.public token: "v4.public.", payload with signature, ".", footer';
}

function keyProblems(token: string, kid: string | null, { keys }: TokenTerms): TokenProblem[] {
  if (kid === null) return [{ what: 'kid', message: 'the footer names no key' }];
  const key = keys.find((known) => known.kid === kid);
  if (key === undefined) {
    const known = keys.map((each) => each.kid).join(', ');
    return [
      {
        what: 'kid',
        message: `the env has no key "${kid}": it was retired, or is of another env (there is ${known || 'none'})`,
      },
    ];
  }
  if (verifyV4Public(token, importAccessTokenKey(key.publicKey)) !== null) return [];
  return [
    {
      what: 'signature',
      message: `the key ${kid} has not signed this: the token was changed or made by somebody else`,
    },
  ];
}

type Claims = Readonly<Record<string, unknown>>;

function claimProblems(claims: Claims, terms: TokenTerms): TokenProblem[] {
  return [...placeProblems(claims, terms), ...shapeProblems(claims), ...timeProblems(claims, terms)];
}

function placeProblems(claims: Claims, terms: TokenTerms): TokenProblem[] {
  return (['project', 'env'] as const)
    .filter((what) => claims[what] !== terms[what])
    .map((what) => ({ what, message: `the token is of ${JSON.stringify(claims[what])}, not of "${terms[what]}"` }));
}

function shapeProblems(claims: Claims): TokenProblem[] {
  const problems = ['sub', 'jti', 'sid']
    .filter((what) => typeof claims[what] !== 'string')
    .map((what) => ({ what, message: 'it is missing, or not a text' }));
  const { roles } = claims;
  if (Array.isArray(roles) && roles.every((role) => typeof role === 'string')) return problems;
  return [...problems, { what: 'roles', message: 'it is missing, or not a list of texts' }];
}

function timeProblems(claims: Claims, { nowMs, notBeforeMs }: TokenTerms): TokenProblem[] {
  const problems: TokenProblem[] = [];
  const nowSeconds = nowMs / 1_000;
  const checked = ['iat', 'exp', ...(claims.nbf === undefined ? [] : ['nbf'])];
  for (const what of checked) {
    const at = secondsOf(claims[what]);
    const message = at === null ? 'it is missing, or not an instant in RFC 3339' : instantProblem(what, at, nowSeconds);
    if (message !== undefined) problems.push({ what, message });
  }
  const iat = secondsOf(claims.iat);
  if (iat !== null && notBeforeMs !== null && iat < notBeforeMs / 1_000) {
    const mark = new Date(notBeforeMs).toISOString();
    const message = `the user's tokens from before ${mark} are refused: sessions were ended, or roles were changed`;
    problems.push({ what: 'notBefore', message });
  }
  return problems;
}

function instantProblem(what: string, at: number, nowSeconds: number): string | undefined {
  if (what === 'exp')
    return at <= nowSeconds - CLOCK_SKEW_SECONDS ? `the token expired ${inWords(nowSeconds - at)} ago` : undefined;
  if (at <= nowSeconds + CLOCK_SKEW_SECONDS) return undefined;
  return `the token is of ${inWords(at - nowSeconds)} from now; clocks may be apart by ${CLOCK_SKEW_SECONDS} s`;
}

function inWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
