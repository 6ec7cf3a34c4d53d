import { createHmac, randomBytes } from 'node:crypto';
import { decodeBase32, encodeBase32 } from './base32.ts';
import { equalInConstantTime } from './constant-time.ts';

/**
 * One-time passwords by time (RFC 6238) as every authenticator app makes them: HMAC-SHA-1, six digits, steps of 30 seconds.
 * Secrets are base32 text.
 */

const STEP_SECONDS = 30;
const DIGITS = 6;
/** RFC 4226, section 4: a secret of 160 bits. */
const SECRET_BYTES = 20;
/** RFC 6238, section 5.2: one step of delay, and the same for a clock that is ahead. */
const STEPS_AROUND = 1;

/** A new shared secret. */
export function newTotpSecret(): string {
  return encodeBase32(randomBytes(SECRET_BYTES));
}

/** The number of whole steps since 1970: what the code of this moment is made of. */
export function totpStep(now: Date): number {
  return Math.floor(now.getTime() / 1_000 / STEP_SECONDS);
}

/** The code of one step (RFC 4226, section 5.3, with the step as counter). */
export function totpCode(secret: string, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', decodeBase32(secret)).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0xf;
  const truncated = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(truncated % 10 ** digits).padStart(digits, '0');
}

/**
 * The step whose code this is, of those around `now` that come after `lastStep`: each code is good once.
 * @returns undefined when it is the code of none of them
 */
export function matchTotpStep(attempt: {
  readonly secret: string;
  readonly code: string;
  readonly now: Date;
  readonly lastStep: number;
}): number | undefined {
  const current = totpStep(attempt.now);
  let matched: number | undefined;
  // All of them, so that the time tells nothing of which it was.
  for (let step = current - STEPS_AROUND; step <= current + STEPS_AROUND; step += 1)
    if (equalInConstantTime(totpCode(attempt.secret, step), attempt.code) && step > attempt.lastStep) matched ??= step;
  return matched;
}

/** What an authenticator app reads from a QR code (the key URI format of Google Authenticator). */
export function totpUri({ secret, issuer, account }: { secret: string; issuer: string; account: string }): string {
  const parameters = `secret=${secret}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1`;
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?${parameters}&digits=${DIGITS}&period=${STEP_SECONDS}`;
}
