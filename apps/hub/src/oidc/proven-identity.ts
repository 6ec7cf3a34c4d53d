import { emailSchema } from '@santokit/contract';
import type { OidcRoles } from '../store/tables/oidc.ts';
import { mapRoles } from './map-roles.ts';

/** Who somebody is by a provider's word. */
export interface ProvenIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** Lower-case; null unless the provider says that it is verified. */
  readonly email: string | null;
  /** That the claims give. */
  readonly roles: string[];
}

type Claims = Readonly<Record<string, unknown>>;

interface ProvenClaims {
  readonly idToken: Claims & { readonly iss: string; readonly sub: string };
  /** What the provider tells beside it; empty where that was not asked for. */
  readonly userInfo: Claims;
  readonly roles: OidcRoles | null;
}

/** OpenID Connect Core 1.0, section 2: a subject has 255 ASCII characters at most. */
const SUBJECT = /^[\x20-\x7E]{1,255}$/;

/** @returns null for a subject that is none */
export function provenIdentity({ idToken, userInfo, roles }: ProvenClaims): ProvenIdentity | null {
  if (!SUBJECT.test(idToken.sub)) return null;
  return {
    issuer: idToken.iss,
    subject: idToken.sub,
    // An email and whether it is verified are told together.
    email: verifiedEmail('email' in idToken ? idToken : userInfo),
    roles: mapRoles({ ...userInfo, ...idToken }, roles),
  };
}

/** Some providers say "true" for true. */
function verifiedEmail({ email, email_verified }: Claims): string | null {
  if (email_verified !== true && email_verified !== 'true') return null;
  const parsed = emailSchema.safeParse(email);
  return parsed.success ? parsed.data.toLowerCase() : null;
}
