/** What an end user's access token says. Instants are seconds since the epoch. */
export interface AccessTokenClaims {
  readonly sub: string;
  readonly project: string;
  readonly env: string;
  readonly roles: readonly string[];
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly sid: string;
}

/** The claims of an access token in their form, whether or not they are true; null where one is missing or of another form. */
export function readClaims(claims: Readonly<Record<string, unknown>>): AccessTokenClaims | null {
  const { sub, project, env, roles, jti, sid } = claims;
  const iat = secondsOf(claims.iat);
  const exp = secondsOf(claims.exp);
  if (iat === null || exp === null) return null;
  if (!isText(sub) || !isText(project) || !isText(env) || !isText(jti) || !isText(sid)) return null;
  if (!Array.isArray(roles) || !roles.every(isText)) return null;
  return { sub, project, env, roles, iat, exp, jti, sid };
}

/** The JSON object that `bytes` are; null for anything else. */
export function objectOf(bytes: Buffer | undefined): Readonly<Record<string, unknown>> | null {
  if (bytes === undefined) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}

// PASETO's registered claims are RFC 3339 text, unlike JWT's.
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Seconds since the epoch of a PASETO instant; null for what is none. */
export function secondsOf(instant: unknown): number | null {
  if (!isText(instant) || !RFC_3339.test(instant)) return null;
  const ms = Date.parse(instant);
  return Number.isNaN(ms) ? null : ms / 1_000;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
