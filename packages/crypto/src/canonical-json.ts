/**
 * JSON in the one canonical form of RFC 8785 (JCS): keys ordered by UTF-16 code units, numbers as ECMAScript prints them,
 * no white space. Members that are `undefined` are absent, as in `JSON.stringify`.
 * @throws TypeError for what JSON cannot hold (NaN, bigint, functions, lone surrogates, anything but plain objects)
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (typeof value === 'string') return canonicalString(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') return canonicalObject(value as Record<string, unknown>);
  throw new TypeError(`Not JSON: ${typeof value}`);
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('Not JSON: a number that is not finite');
  return JSON.stringify(value);
}

function canonicalString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('Not JSON: a lone surrogate');
  return JSON.stringify(value);
}

function canonicalObject(value: Record<string, unknown>): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A Date or a Map would be hashed as if it were empty, and so be the same as every other.
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError('Not JSON: an object that is not plain');
  // The default order of `sort` is that of UTF-16 code units, which RFC 8785 section 3.2.3 asks for.
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${canonicalString(key)}:${canonicalJson(value[key])}`);
  return `{${members.join(',')}}`;
}
