// Turns secrets and payloads into tokens, envelopes, hashes and signatures; keys never leave it in the clear.
export * from './access-token.ts';
export * from './api-key.ts';
export * from './audit-chain.ts';
export * from './audit-checkpoint.ts';
export * from './canonical-json.ts';
export * from './constant-time.ts';
export * from './content-hash.ts';
export * from './derive-key.ts';
export { type Ed25519KeyPair, newEd25519KeyPair, publicKeyOf } from './ed25519.ts';
export * from './envelope.ts';
export * from './opaque-token.ts';
export * from './password.ts';
export * from './recovery-code.ts';
export * from './release-signature.ts';
export * from './totp.ts';
export * from './value-hash.ts';
