import type { Column } from '@santokit/contract';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnFormats, Database } from '../../database.ts';
import { decodeCursor } from '../../statement/cursor.ts';
import { connect } from '../connect.ts';
import { ListLayout, ListWriter } from './list-writer.ts';
import { compileRowEncoder } from './row-encoder.ts';
import type { Field } from './row-layout.ts';
import { valueEncoder } from './value-encoder.ts';
import { valueFormat } from './value-format.ts';

/** Each column's type in the database, and what the project takes it for. */
const COLUMNS = {
  words: ['text', { type: 'string' }],
  short: ['varchar(40)', { type: 'string' }],
  padded: ['character(5)', { type: 'string' }],
  name: ['name', { type: 'string' }],
  document: ['json', { type: 'json' }],
  binary_document: ['jsonb', { type: 'json' }],
  instant: ['timestamptz', { type: 'timestamp' }],
  local: ['timestamp', { type: 'timestamp' }],
  // A project that is behind its database.
  instant_as_words: ['timestamptz', { type: 'string' }],
  words_as_instant: ['text', { type: 'timestamp' }],
  number: ['integer', { type: 'int' }],
  price: ['numeric', { type: 'decimal' }],
  yes: ['boolean', { type: 'boolean' }],
  bytes: ['bytea', { type: 'bytes' }],
} satisfies Record<string, readonly [string, Partial<Column>]>;

const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
const INSTANT = NAMES.indexOf('instant');
const TEXT = `select ${NAMES.join(', ')} from kinds order by n`;
const FIELDS: readonly Field[] = NAMES.map((name, index) => {
  const column = { nullable: true, ...COLUMNS[name][1], name } as Column;
  return {
    kind: 'value',
    name,
    index,
    format: valueFormat(column, undefined),
    encode: valueEncoder(column, undefined),
  };
});

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 1 });
  const columns = NAMES.map((name) => `${name} ${COLUMNS[name][0]}`).join(', ');
  await database.query(`create table kinds (n bigint generated always as identity, ${columns})`, []);
});
afterAll(async () => {
  await database.close(0);
  await test.drop();
});

/** The list of all rows, one fewer than there are being a page. */
async function listOf(rows: number, prepare: boolean): Promise<{ body: string; formats: ColumnFormats | null }> {
  const page = {
    limit: { slot: 0, default: 1, most: 1_000, cap: undefined, name: 'limit' },
    identity: { text: '', slots: [] },
    columns: [INSTANT],
  };
  const layout = new ListLayout(compileRowEncoder(FIELDS), NAMES.length, page);
  const writer = new ListWriter(layout, [rows - 1], 1e8);
  let used: ColumnFormats | null = null;
  const reader = {
    formatsOf: writer.formatsOf.bind(writer),
    read: (message: Buffer, formats: ColumnFormats | null) => {
      used = formats;
      writer.read(message, formats);
    },
    restart: () => writer.restart(),
  };
  await database.query(TEXT, [], { prepare, reader });
  return { body: Buffer.from(writer.finish()).toString(), formats: used };
}

async function fill(rows: readonly (readonly (string | null)[])[]): Promise<void> {
  await database.query('truncate kinds', []);
  for (const row of rows) {
    const values = row.map((_, index) => `$${index + 1}`).join(', ');
    await database.query(`insert into kinds (${NAMES.join(', ')}) values (${values})`, row);
  }
}

/** Sends the statement under its name often enough that the driver knows its columns. */
async function binaryListOf(rows: number) {
  await listOf(rows, true);
  return await listOf(rows, true);
}

describe('rows in binary format', () => {
  const words = fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .map((text) => text.replaceAll(/[\0\ud800-\udfff]/gu, ''));
  /** Of all that PostgreSQL has: from 4713 BC to the year 294276. */
  const micros = fc.oneof(
    fc.bigInt({ min: -211_810_204_800_000_000n, max: 9_223_371_331_199_999_999n }),
    fc.bigInt({ min: -(2n ** 53n) - 10n ** 6n, max: 2n ** 53n + 10n ** 6n }),
    fc.integer({ min: -4_000_000, max: 4_000_000 }).map((seconds) => BigInt(seconds) * 250_000n),
  );

  it('make the same answer, and the same cursor, as rows in text', async () => {
    const instants = fc.array(micros, { minLength: 2, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(instants, words, async (several, text) => {
        await database.query('truncate kinds', []);
        await database.query(
          `insert into kinds (words, short, padded, name, document, binary_document, instant, local, instant_as_words, words_as_instant, number, price, yes, bytes)
           select $2, left($2, 40), 'ab', left($2, 20)::name, to_json($2::text), to_jsonb($2::text), t, t at time zone 'UTC', t, t::text, 7, 1.50, true, '\\x00ff'
             from (select timestamptz '2000-01-01 00:00:00+00' + (m / 86400000000) * interval '1 day' + (m % 86400000000) * interval '1 microsecond' as t
                     from unnest($1::bigint[]) with ordinality as u (m, o) order by o)`,
          [`{${several.join(',')}}`, text],
        );
        const plain = await listOf(several.length, false);
        const binary = await binaryListOf(several.length);
        expect(plain.formats).toBeNull();
        expect(binary.formats?.[INSTANT]).toBe(1);
        expect(binary.body).toBe(plain.body);
      }),
      { numRuns: 40 },
    );
  });

  it('keep nulls, infinity, the time before the common era and the whole of a second', async () => {
    const none = NAMES.map(() => null);
    const withInstant = (text: string) => none.map((value, index) => (index === INSTANT ? text : value));
    const instants = [
      'infinity',
      '-infinity',
      '0044-03-15 12:00:00+00 BC',
      '12024-01-31 00:00:00+00',
      '2024-01-31 12:00:00+00',
    ];
    await fill([none, ...instants.map(withInstant), none]);
    const { body } = await binaryListOf(instants.length + 2);
    const { data, meta } = JSON.parse(body);
    expect(data.map((row: { instant: string }) => row.instant)).toEqual([
      null,
      'infinity',
      '-infinity',
      '0044-03-15 12:00:00+00 BC',
      '12024-01-31 00:00:00+00',
      '2024-01-31T12:00:00Z',
    ]);
    expect(decodeCursor(meta.nextCursor).position).toEqual(['2024-01-31 12:00:00+00']);
    expect(body).toBe((await listOf(instants.length + 2, false)).body);
  });

  it('come as what a column has become, where its type was changed meanwhile', async () => {
    await fill([
      NAMES.map(() => null),
      NAMES.map((_, index) => (index === INSTANT ? '2024-01-31 12:00:00.125+00' : null)),
      NAMES.map(() => null),
    ]);
    const before = (await binaryListOf(3)).body;
    await database.query(
      `alter table kinds alter column instant type text using to_char(instant at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS+00')`,
      [],
    );
    try {
      const first = await listOf(3, true);
      expect(first.body).toBe(before);
      expect((await binaryListOf(3)).body).toBe(first.body);
    } finally {
      await database.query('alter table kinds alter column instant type timestamptz using instant::timestamptz', []);
    }
  });
});
