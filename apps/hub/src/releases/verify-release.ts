import { parseJson, type Verification, verificationSchema } from '@santokit/contract';
import { contentHash, isReleaseSignatureValid } from '@santokit/crypto';
import { eq } from 'drizzle-orm';
import { route } from '../http/route.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import { releaseSigningKeys } from '../store/tables/releases.ts';
import { findRelease } from './find-releases.ts';
import { type StoredRelease, storedRelease } from './stored-release.ts';

export const verifyReleaseRoute = route({
  name: 'releaseVerify',
  summary: 'Whether a stored release still has the hash and the signature that it was made with',
  least: 'viewer',
  answer: verificationSchema,
  async handle({ deps, project, env, params }) {
    const { releaseId } = await findRelease(deps.store.db, env, params.releaseId);
    return verifyRelease({ deps, project }, await storedRelease(deps.store.db, project, releaseId));
  },
});

/** Computes a stored release's hash anew and checks its signature, as a Bridge does before it serves a release. */
export async function verifyRelease(
  { deps, project }: Pick<SchemaPlace, 'deps' | 'project'>,
  release: StoredRelease,
): Promise<Verification> {
  const [key] = await deps.store.db
    .select({ publicKey: releaseSigningKeys.publicKey })
    .from(releaseSigningKeys)
    .where(eq(releaseSigningKeys.keyId, release.signingKeyId));
  const { id: releaseId, contentHash: stored, signature } = release;
  const signed = { releaseId, project: project.name, contentHash: stored, signature };
  const computed = hashOf(release.content);
  const isHashValid = computed === stored;
  const isSignatureValid = key !== undefined && isReleaseSignatureValid(key.publicKey, signed);
  return {
    releaseId,
    valid: isHashValid && isSignatureValid,
    contentHash: { valid: isHashValid, stored, computed },
    signature: { valid: isSignatureValid, keyId: release.signingKeyId },
  };
}

function hashOf(content: string): string | null {
  let parsed: unknown;
  try {
    parsed = parseJson(content);
  } catch {
    return null; // stored text that is no JSON any more has no hash
  }
  return contentHash(parsed);
}
