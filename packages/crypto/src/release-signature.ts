import { sign, verify } from 'node:crypto';
import { releaseSigningInput, type SignedRelease } from '@santokit/contract';
import { importEd25519PrivateKey, importEd25519PublicKey } from './ed25519.ts';

type SignedParts = Pick<SignedRelease, 'releaseId' | 'project' | 'contentHash'>;

/** Signs a release with the Hub's release key; base64 of the 64 bytes. */
export function signRelease(privateKey: string, release: SignedParts): string {
  return sign(null, Buffer.from(releaseSigningInput(release)), importEd25519PrivateKey(privateKey)).toString('base64');
}

/** Whether `release.signature` was made by the owner of `publicKey` over exactly this release. */
export function isReleaseSignatureValid(
  publicKey: string,
  release: SignedParts & Pick<SignedRelease, 'signature'>,
): boolean {
  const signature = Buffer.from(release.signature, 'base64');
  return verify(null, Buffer.from(releaseSigningInput(release)), importEd25519PublicKey(publicKey), signature);
}
