import type { SigningKey } from './create-signing-key.ts';

/** A signing key as it is shown: never its private part. */
export function signingKeyAnswer({ kid, status, publicKey, createdAt }: SigningKey) {
  return { kid, status, publicKey, createdAt: createdAt.toISOString() };
}

/** A key that signs no longer, with the end of its time. */
export function verifyingKeyAnswer(key: SigningKey) {
  return { ...signingKeyAnswer(key), verifiesUntil: (key.verifiesUntil ?? key.createdAt).toISOString() };
}
