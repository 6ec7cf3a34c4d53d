import type { Json } from '@santokit/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonInspection } from './json-inspection.ts';
import { jsonText } from './json-text.ts';

/** Everything that can be wrong with a value, among what is not. */
const value = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<Json>(null, true, 1, '', 'é😀', Infinity, '\u0000', '\ud800'),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', '\u0000', '\udc00'), tie('any'), { maxKeys: 3 }),
  ),
})).any;

function inspect(document: Json, { mostSmall = 0, most = 1 } = {}): number {
  const inspection = new JsonInspection(document, mostSmall);
  let steps = 1;
  while (inspection.step(most)) steps++;
  return steps;
}

function outcome(written: Json): string {
  try {
    return jsonText(written, 'any');
  } catch (error) {
    return String(error);
  }
}

/** A list in so many others. */
function nested(depth: number, innermost: Json): Json {
  let list = innermost;
  for (let level = 0; level < depth; level++) list = [list];
  return list;
}

describe('a document that was looked at step by step', () => {
  it('is refused for what it would be refused for, and its parts are', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), fc.integer({ min: 1, max: 50 }), (document, most) => {
        const expected = [document, ...document].map(outcome);
        inspect(document, { most });
        expect([document, ...document].map(outcome)).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[string, Json]>([
    ['too deep', nested(101, 1)],
    ['just not too deep', nested(100, 1)],
    ['just not too deep, and empty within', nested(101, [])],
    ['too deep, and empty within', nested(102, [])],
    ['less deep than what it is in', { params: { data: nested(99, 1) } }],
  ])('is judged by its own depth: %s', (_, document) => {
    const parts = [document, ...Object.values(document ?? {})];
    const expected = parts.map(outcome);
    inspect(document);
    expect(parts.map(outcome)).toEqual(expected);
  });

  it('of a million small lists is looked at in steps, and not again when it is written', () => {
    const lists: Json[] = Array.from({ length: 1_000_000 }, () => []);
    const document = { params: { data: { any: lists, sound: ['\u0000'] } } };
    const steps = new JsonInspection(document);
    let count = 1;
    while (steps.step()) count++;
    expect(count).toBeGreaterThan(300);
    // Nobody changes it; who looks again is seen by it.
    lists[999_999] = '\u0000';
    expect(jsonText(lists, 'any')).toHaveLength(3_000_000 - 2 + 8 + 1);
    expect(() => jsonText(document.params.data.sound, 'any')).toThrow('any must hold Unicode text without NUL');
  });

  it('that holds long texts is looked at in more steps', () => {
    const texts = (length: number) => Array.from({ length: 100 }, () => 'x'.repeat(length));
    expect(inspect(texts(100_000), { most: 5_000 })).toBeGreaterThan(20);
    expect(inspect(texts(1), { most: 5_000 })).toBe(1);
  });

  it('leaves nothing of what is small or far within', () => {
    const far = nested(12, Array(5_000).fill(1));
    inspect(far, { mostSmall: 1_000, most: 1_000 });
    let at = far;
    for (let level = 0; level < 12; level++) at = (at as readonly Json[])[0] ?? null;
    (at as Json[])[0] = '\u0000';
    expect(() => jsonText(at, 'any')).toThrow('NUL');
    expect(jsonText(far, 'any')).toContain('\\u0000');
  });
});
