import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from './json.ts';
import { parseJson } from './parse-json.ts';

const escaped = fc.constantFrom('\n', '\t', '"', '\\', '\b', '\f', '\r', '\u0001', '\u001f');
const name = fc.oneof(
  escaped,
  fc.constantFrom('', 'a', '\u{e000}', '\n\u{e000}', '\\\u{e000}', '"\u{e000}', '\\ue000', '__proto__', '":'),
  fc.string(),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 1, '\n', '"\\n":', '{"\n":1}'),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('any'), { maxLength: 3 }),
  object: fc.array(fc.tuple(name, tie('any')), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
})).any;

describe('JSON', () => {
  it('is read as it was written, whatever its names are', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2, '\t'), (written, space) => {
        const text = JSON.stringify(written, null, space);
        expect(JSON.stringify(parseJson(text), null, space)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['{"a":5,"\\t":5}', { a: 5, '\t': 5 }],
    ['{"a":5,"\\u0009" : 5}', { a: 5, '\t': 5 }],
    ['{"a":5,"\\n":1,"b\\ue000":2,"b\\uE000\\ue000":3}', { a: 5, '\n': 1, 'b\u{e000}': 2, 'b\u{e000}\u{e000}': 3 }],
    ['{"a":5,"x\\"\\n":1,"\\n":"\\"\\n\\":"}', { a: 5, 'x"\n': 1, '\n': '"\n":' }],
    ['{"a":5,"\\/":[{"b":1,"\\"":2}]}', { a: 5, '/': [{ b: 1, '"': 2 }] }],
  ])('keeps names of one escape: %s', (text, expected) => {
    expect(parseJson(text)).toEqual(expected);
  });

  it.each(['{"a":1,"\\t":}', '{"a":1,"\\n":1', '"\\n":1', '{"a":1,"\\n":"\\x"}'])(
    'that is none is refused: %s',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  it('is read to any depth, and with texts of any length', () => {
    const depth = 30_000;
    let value = parseJson(`${'{"a":5,"\\t":'.repeat(depth)}1${'}'.repeat(depth)}`);
    for (let at = 0; at < depth; at++) value = (value as Record<string, Json>)['\t'] ?? null;
    expect(value).toBe(1);
    const long = JSON.stringify({ a: 1, '\t': '"\\'.repeat(500_000) });
    expect(JSON.stringify(parseJson(long)) === long).toBe(true);
  });

  it('has what is made of its numbers, also beside such names', () => {
    const digits = (_value: number, source: string) => (source.length > 15 ? BigInt(source) : Number(source));
    expect(parseJson('{"a":9007199254740993,"\\t":[9007199254740995,1]}', digits)).toEqual({
      a: 9007199254740993n,
      '\t': [9007199254740995n, 1],
    });
  });
});
