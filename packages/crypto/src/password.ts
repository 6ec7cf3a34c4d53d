import { hash, verify } from '@node-rs/argon2';

// OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane.
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** The same as a PHC string says it, with argon2's version (RFC 9106). */
const CURRENT = { algorithm: 'argon2id', parameters: 'v=19,m=19456,t=2,p=1' };

/** Hashes a password with argon2id (RFC 9106). The PHC string that comes back carries salt and parameters. */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFKC'), PARAMETERS);
}

/** Whether `password` is the one that `passwordHash` was made of. */
export function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  return verify(passwordHash, password.normalize('NFKC'));
}

/** How a password was hashed, as its PHC string says (PHC string format: `$id$v=…$parameters$salt$hash`); never the salt or the hash. */
export function passwordHashing(passwordHash: string): { readonly algorithm: string; readonly parameters: string } {
  const [, algorithm = 'unknown', ...rest] = passwordHash.split('$');
  return { algorithm, parameters: rest.filter((part) => /^[a-z]+=/.test(part)).join(',') };
}

/** Whether a password was hashed otherwise than `hashPassword` does now, so that it is to be hashed anew when it is next seen. */
export function needsRehash(passwordHash: string): boolean {
  const { algorithm, parameters } = passwordHashing(passwordHash);
  return algorithm !== CURRENT.algorithm || parameters !== CURRENT.parameters;
}
