import { deriveKey } from '@santokit/crypto';
import type { Deps } from '../deps.ts';
import { deriveForProject } from '../secrets/project-secrets.ts';

/**
 * What only the Hub knows of a sign-in that is under way: `nonce` for the ID token (OpenID Connect Core 1.0, section 3.1.2.1) and
 * PKCE's verifier (RFC 7636, section 4.1). They follow from the state and the project's key, so that nothing secret is stored.
 */
export async function flowSecrets(deps: Pick<Deps, 'config' | 'store'>, projectId: string, state: string) {
  const key = await deriveForProject({ deps, db: deps.store.db, projectId, identity: `oidc/flow/${state}` });
  const textOf = (purpose: string) => Buffer.from(deriveKey(key, purpose)).toString('base64url');
  return { nonce: textOf('nonce'), codeVerifier: textOf('code-verifier') };
}
