import { type NumberReader, parseJson, StkError } from '@santokit/contract';
import { encode, Tagged } from 'cborg';

/**
 * CBOR (RFC 8949) of a finished JSON text, in the same data model: what is text there is text here. Keys are in the deterministic order.
 * Integers keep all their digits.
 * @throws StkError `RESULT_TOO_LARGE` for what is nested too deeply to be written
 */
export function encodeCbor(json: string): Uint8Array {
  try {
    return encode(LONG_NUMBER.test(json) ? parseJson(json, exactInteger) : parseJson(json));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new StkError('RESULT_TOO_LARGE', 'The answer is nested too deeply for CBOR; ask for JSON', undefined, {
      cause,
    });
  }
}

/** Only where there is one does a double possibly lose digits. */
const LONG_NUMBER = /\d{16}/;
const INTEGER = /^-?\d+$/;
const TWO_TO_64 = 1n << 64n;

const exactInteger: NumberReader = (value, source) => {
  if (Number.isSafeInteger(value) || !INTEGER.test(source)) return value;
  const exact = BigInt(source);
  if (exact >= 0n) return exact < TWO_TO_64 ? exact : new Tagged(2, bytesOf(exact));
  const below = -1n - exact;
  return below < TWO_TO_64 ? exact : new Tagged(3, bytesOf(below));
};

function bytesOf(amount: bigint): Uint8Array {
  const digits = amount.toString(16);
  return new Uint8Array(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex'));
}
