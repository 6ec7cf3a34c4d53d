import { hashRecoveryCode, matchTotpStep } from '@santokit/crypto';

/** A second factor as it is kept, of an operator or of an end user. */
export interface KeptSecondFactor {
  /** The newest step whose code was used. */
  readonly lastStep: number;
  /** What codes follow from. */
  openSecret(): string | Promise<string>;
  /** Notes that a step's code is used. Of two who send the same code at once, one is first. @returns whether it was this one */
  useStep(step: number): Promise<boolean>;
  /** Drops a recovery code. @returns whether there was one */
  useRecoveryCode(codeHash: string): Promise<boolean>;
}

/**
 * Uses up `code`: the one that an authenticator shows, or a recovery code.
 * @returns whether it was good; one that was used before is not
 */
export async function useCode(kept: KeptSecondFactor, code: string, now: Date): Promise<boolean> {
  const digits = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(digits)) return await kept.useRecoveryCode(hashRecoveryCode(code));
  const { lastStep } = kept;
  const step = matchTotpStep({ secret: await kept.openSecret(), code: digits, now, lastStep });
  return step !== undefined && (await kept.useStep(step));
}
