import type { Json } from '@santokit/contract';

/** The year 0001 to the end of 9999, in seconds since the epoch. */
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;
/** Digits that a decimal fraction may shift its point by; PostgreSQL's `numeric` takes few more behind it. */
const MOST_SHIFT = 1_000;

/** Seconds since the epoch (RFC 8949, section 3.4.2) as RFC 3339, to the microsecond; undefined for what is no such time. */
export function instantText(seconds: Json): string | undefined {
  if (typeof seconds !== 'number' || seconds < FIRST_SECOND || seconds > LAST_SECOND) return undefined;
  const micros =
    BigInt(Math.round((seconds - Math.floor(seconds)) * 1_000_000)) + BigInt(Math.floor(seconds)) * 1_000_000n;
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const whole = new Date(Number((micros - fraction) / 1_000n)).toISOString().slice(0, 19);
  return fraction === 0n ? `${whole}Z` : `${whole}.${String(fraction).padStart(6, '0').replace(/0+$/, '')}Z`;
}

/** A power of ten and what it is times (section 3.4.4) as a decimal; undefined for what is no such pair. */
export function decimalText(pair: Json): string | undefined {
  if (!Array.isArray(pair) || pair.length !== 2) return undefined;
  const [exponent, mantissa] = pair as readonly Json[];
  if (typeof exponent !== 'number' || !Number.isInteger(exponent) || Math.abs(exponent) > MOST_SHIFT) return undefined;
  const text = typeof mantissa === 'number' ? String(mantissa) : mantissa;
  if (typeof text !== 'string' || !/^-?[0-9]+$/.test(text)) return undefined;
  const [sign, digits] = text.startsWith('-') ? ['-', text.slice(1)] : ['', text];
  if (exponent >= 0) return `${sign}${digits}${'0'.repeat(digits === '0' ? 0 : exponent)}`;
  const padded = digits.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

/** The bytes of a UUID (tag 37) as its text; undefined for another number of them. */
export function uuidText(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 16) return undefined;
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
