import type { ServedBucket } from '@santokit/calls';
import { parseKeyPattern, type StoredObject } from '@santokit/storage';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeKeys } from './merge-keys.ts';
import { sweepBucket } from './sweep-bucket.ts';

const NOW = 10 * 24 * 3_600_000;
const bucket = {
  name: 'main',
  policies: ['a/**', '*'].map((pattern) => ({ pattern: parseKeyPattern(pattern), policy: { pattern } })),
} as unknown as ServedBucket;

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
const inOrder = (keys: Iterable<string>) => [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
const old = (key: string): StoredObject => ({ key, changedAtMs: 0 });
const sweep = (objects: readonly StoredObject[], columns: readonly (readonly string[])[], more = {}) =>
  sweepBucket({ bucket, objects: each(objects), named: mergeKeys(columns.map(each)), nowMs: () => NOW, ...more });

describe('a sweep', () => {
  it('finds every object that no row names and every key without an object, whatever their order and number', async () => {
    const keys = fc.uniqueArray(
      fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.constantFrom('a', 'b', 'c')),
      {
        maxLength: 30,
      },
    );
    const flat = keys.map((list) => list.map((key) => key.replaceAll('/', '-')).filter((key) => key.isWellFormed()));
    await fc.assert(
      fc.asyncProperty(flat, flat, flat, async (stored, first, second) => {
        const [objects, named] = [new Set(stored), new Set([...first, ...second])];
        const found = await sweep(inOrder(objects).map(old), [inOrder(new Set(first)), inOrder(new Set(second))]);
        expect([found.orphans, found.dangling, found.objects, found.isComplete]).toEqual([
          [...objects].filter((key) => !named.has(key)).length,
          [...named].filter((key) => !objects.has(key)).length,
          objects.size,
          true,
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves alone what is young, and what lies under no policy', async () => {
    const objects = [old('a/x'), { key: 'a/y', changedAtMs: NOW - 1_000 }, old('other/x')];
    expect(await sweep(objects, [])).toMatchObject({ objects: 3, orphans: 1, orphanExamples: ['a/x'] });
  });

  it('ends within its bounds, and says so', async () => {
    expect(await sweep(['a', 'b', 'c'].map(old), [], { most: 2 })).toMatchObject({ isComplete: false, orphans: 2 });
  });
});
