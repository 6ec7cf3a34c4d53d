import type { Json } from './json.ts';

// Code beside it may replace them.
const { parse } = JSON;

const ESCAPE = String.raw`\\(?:["\\/bfnrt]|u[\da-fA-F]{4})`;
/** A name that is one escape, or a text that looks like one. */
const ONE_ESCAPE = new RegExp(`"${ESCAPE}"[ \\t\\n\\r]*:`);
/** Stands behind the names that are not read as they are, and those that end with it. */
const MARK = '\u{e000}';
/** All but its quote. In a text that is JSON, what is in front of a quote and a colon like this is never anything but a name. */
const NAME_TO_MARK = new RegExp(`("${ESCAPE}|${MARK}|u[eE]000)(?="[ \\t\\n\\r]*:)`, 'g');

/** Makes of a number what is to stand for it, from its value and how it is written. */
export type NumberReader = (value: number, source: string) => unknown;

/**
 * As `JSON.parse`, but every name is read as it is written: that of V8 13 takes a name that is one escape, such as `"\n"`, for a
 * backslash behind names that it has once read a backslash behind.
 * @throws SyntaxError, and with a `readNumber` RangeError for what is nested too deeply
 */
export function parseJson(text: string, readNumber?: NumberReader): Json {
  const reviver = readNumber === undefined ? undefined : reviverOf(readNumber);
  if (!text.includes('"\\') || !ONE_ESCAPE.test(text)) return parse(text, reviver) as Json;
  const value = parse(text.replace(NAME_TO_MARK, `$1${MARK}`), reviver) as Json;
  removeMarks(value);
  return value;
}

type Reviver = (name: string, value: unknown, context?: { readonly source?: string }) => unknown;

/** The digits themselves are in the context (ECMA-262, `JSON.parse` source text access). */
function reviverOf(readNumber: NumberReader): Reviver {
  return (_name, value, context) => (typeof value === 'number' ? readNumber(value, context?.source ?? '') : value);
}

/** Keeps a list of what it has yet to look at: values may be nested deeper than calls can be. */
function removeMarks(root: Json): void {
  const found: Json[] = [root];
  for (let value = found.pop(); value !== undefined; value = found.pop()) {
    if (value === null || typeof value !== 'object') continue;
    const members: readonly Json[] = Array.isArray(value) ? value : Object.values(value);
    for (const member of members) if (typeof member === 'object') found.push(member);
    if (!Array.isArray(value)) unmarkNames(value as Record<string, Json>);
  }
}

/** All names are written anew, so that they stay in their order. */
function unmarkNames(object: Record<string, Json>): void {
  const members = Object.entries(object);
  if (!members.some(([name]) => name.endsWith(MARK))) return;
  for (const [name] of members) delete object[name];
  for (const [name, value] of members) {
    const written = name.endsWith(MARK) ? name.slice(0, -1) : name;
    // Defined, because one named `__proto__` would be the prototype.
    Object.defineProperty(object, written, { value, enumerable: true, writable: true, configurable: true });
  }
}
