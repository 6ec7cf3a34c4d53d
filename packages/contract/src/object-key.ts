const MOST_BYTES = 1_024;

/**
 * Why a text cannot be the key of an object, in words that follow its name; undefined where it can: over 1,024 bytes, or what could mean
 * another key to a store or a browser, as `..` or `.` as a segment, `//`, `/` at an end, a backslash, a control character, or half a
 * surrogate pair.
 */
export function objectKeyFault(key: string): string | undefined {
  if (key === '') return 'is empty';
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
