import postgres from 'postgres';
import { expect, test } from 'vitest';
import { createTestDatabase, type TestDatabaseOptions } from './create-test-database.ts';

const orders: [string, TestDatabaseOptions, string[]][] = [
  ['by code point', {}, ['B', 'a', 'ä']],
  ['by the rules of a language when asked', { icuLocale: 'en-US' }, ['a', 'ä', 'B']],
];

test.each(orders)('a test database orders texts %s', async (_, options, expected) => {
  const database = await createTestDatabase(options);
  const sql = postgres(database.url, { max: 1 });
  try {
    const rows = await sql`SELECT text FROM unnest(ARRAY['ä', 'B', 'a']) AS text ORDER BY text`;
    expect(rows.map((row) => row.text)).toEqual(expected);
  } finally {
    await sql.end();
    await database.drop();
  }
});
