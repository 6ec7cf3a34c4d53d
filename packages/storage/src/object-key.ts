import { StkError } from '@santokit/contract';

const MOST_BYTES = 1_024;

/**
 * The key of an object as a caller names it.
 * @throws StkError `BAD_REQUEST` for what is no text, empty, over 1,024 bytes, or could mean another key to a store or a browser: with `..`
 *   or `.` as a segment, `//`, `/` at an end, a backslash, a control character, or half a surrogate pair
 */
export function objectKey(key: unknown): string {
  if (key === undefined || key === '')
    throw new StkError('BAD_REQUEST', 'Missing required param: key', { param: 'key' });
  if (typeof key !== 'string') throw new StkError('BAD_REQUEST', 'Invalid type for param: key', { param: 'key' });
  const wrong = faultOf(key);
  if (wrong !== undefined) throw new StkError('BAD_REQUEST', `The key ${wrong}`, { param: 'key' });
  return key;
}

function faultOf(key: string): string | undefined {
  if (Buffer.byteLength(key) > MOST_BYTES) return `has more than ${MOST_BYTES} bytes`;
  if (key.startsWith('/') || key.endsWith('/')) return 'begins or ends with "/"';
  if (key.includes('//')) return 'has "//"';
  if (key.includes('\\')) return 'has a backslash';
  if (CONTROL.test(key) || !key.isWellFormed()) return 'has a control character';
  if (key.includes('..')) return 'has ".."';
  if (key.split('/').includes('.')) return 'has "." as a segment';
  return undefined;
}

/** C0, DEL, C1, and the characters that end or turn a line. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
