import { expect, test } from 'vitest';
import { foreignKeyName, freeName, indexName, notNullCheckName } from './object-name.ts';

test('names are what PostgreSQL itself would choose', () => {
  expect(indexName('album', { columns: ['artist_id'], unique: false })).toBe('album_artist_id_idx');
  expect(indexName('album', { columns: ['a', 'b'], unique: true })).toBe('album_a_b_key');
  expect(foreignKeyName('album', 'artist_id')).toBe('album_artist_id_fkey');
});

test('the name of a partial index changes with its condition', () => {
  const name = (where: string) => indexName('a', { columns: ['b'], unique: false, where });
  expect(name('c > 1')).toBe(name('c > 1'));
  expect(name('c > 1')).not.toBe(name('c > 2'));
});

test('no name is longer than 63 bytes or cut within a character, and long ones stay apart', () => {
  const names = ['x', 'y'].flatMap((last) => {
    const column = `${'ü'.repeat(31)}${last}`;
    return [
      indexName('täble'.repeat(5), { columns: [column], unique: true }),
      indexName('täble'.repeat(5), { columns: [column], unique: true, where: 'a' }),
      foreignKeyName('t', column),
      notNullCheckName('t', column),
      freeName(`${'n'.repeat(62)}${last}`, (name) => name.length === 63 && !name.includes('_')),
    ];
  });
  for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
  for (const name of names) expect(name.isWellFormed() && !name.includes('\uFFFD')).toBe(true);
  expect(new Set(names).size).toBe(names.length);
});
