import type { Json } from './json.ts';

const ESCAPE = String.raw`\\(?:["\\/bfnrt]|u[\da-fA-F]{4})`;
/** A name that is one escape, or a text that looks like one. */
const ONE_ESCAPE = new RegExp(`"${ESCAPE}"[ \\t\\n\\r]*:`);
/** A string, and the colon behind one that is a name. */
const STRINGS = /"([^"\\]*(?:\\.[^"\\]*)*)"([ \t\n\r]*:)?/g;
const IS_ONE_ESCAPE = new RegExp(`^${ESCAPE}$`);

/**
 * As `JSON.parse`, but every name is read as it is written: that of V8 13 takes a name that is one escape, such as `"\n"`, for a
 * backslash where it is not the first of its object.
 * @throws SyntaxError
 */
export function parseJson(text: string): Json {
  if (!text.includes('"\\') || !ONE_ESCAPE.test(text)) return JSON.parse(text) as Json;
  // No text can know it.
  const mark = crypto.randomUUID();
  const marked = text.replace(STRINGS, (whole, content: string, colon: string | undefined) =>
    colon !== undefined && IS_ONE_ESCAPE.test(content) ? `"${content}${mark}"${colon}` : whole,
  );
  return withoutMarks(JSON.parse(marked) as Json, mark);
}

function withoutMarks(value: Json, mark: string): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => withoutMarks(item, mark));
  // `fromEntries` defines members, so that one named `__proto__` stays one.
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.endsWith(mark) ? name.slice(0, -mark.length) : name,
      withoutMarks(member, mark),
    ]),
  );
}
