import type { Column } from '@santokit/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor } from '../../statement/cursor.ts';
import { ListLayout, ListWriter } from './list-writer.ts';
import { compileRowEncoder } from './row-encoder.ts';
import { compileRowWriter, type Field, type LaidRow, writeRows } from './row-layout.ts';
import { valueEncoder } from './value-encoder.ts';
import { valueFormat } from './value-format.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\u0001', 'é', '😀', 'a') }),
);
const instant = fc.constantFrom(
  '2024-01-31 12:00:00.5+00',
  '2024-01-31 12:00:00',
  'infinity',
  '0044-03-15 00:00:00+00 BC',
);

/** Texts as the server sends them, by type. */
const SAMPLES: readonly { readonly column: Partial<Column>; readonly value: fc.Arbitrary<string> }[] = [
  { column: { type: 'string' }, value: text.map((value) => value.replaceAll('\0', '')) },
  { column: { type: 'int' }, value: fc.integer().map(String) },
  { column: { type: 'bigint' }, value: fc.bigInt().map(String) },
  { column: { type: 'decimal' }, value: fc.constantFrom('19.99', '-0.01', 'NaN') },
  { column: { type: 'float' }, value: fc.constantFrom('1.5', 'NaN', '-Infinity', '1e+300') },
  { column: { type: 'boolean' }, value: fc.constantFrom('t', 'f') },
  { column: { type: 'json' }, value: fc.json() },
  { column: { type: 'timestamp' }, value: instant },
  { column: { type: 'bytes' }, value: fc.uint8Array().map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`) },
  { column: { type: 'array', native: 'text[]' }, value: fc.constantFrom('{}', '{a,NULL,"b \\"c\\""}') },
];

function fieldsOf(columns: readonly Partial<Column>[]): Field[] {
  return columns.map((partial, index) => {
    const column = { type: 'string', nullable: true, ...partial, name: `c"${index}` } as Column;
    return {
      kind: 'value',
      name: column.name,
      index,
      format: valueFormat(column, undefined),
      encode: valueEncoder(column, undefined),
    };
  });
}

/** A `DataRow` message. */
function messageOf(row: LaidRow): Buffer {
  const columns = row.map((value) => {
    const bytes = typeof value === 'string' ? Buffer.from(value) : undefined;
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes === undefined ? -1 : bytes.length);
    return Buffer.concat(bytes === undefined ? [length] : [length, bytes]);
  });
  return Buffer.concat([Buffer.from('D\0\0\0\0\0\0'), ...columns]);
}

function written(fields: readonly Field[], rows: readonly LaidRow[], mostBytes = 1e9): string {
  const writer = new ListWriter(
    new ListLayout(compileRowEncoder(fields), rows[0]?.length ?? 0, undefined),
    [],
    mostBytes,
  );
  for (const row of rows) writer.read(messageOf(row), null);
  return Buffer.from(writer.finish()).toString();
}

describe('a list written from bytes', () => {
  it('is the list written from texts, for every type and value', () => {
    const fields = fieldsOf(SAMPLES.map(({ column }) => column));
    const row = fc.tuple(...SAMPLES.map(({ value }) => fc.option(value)));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
        expect(written(fields, rows)).toBe(`{"data":${writeRows(rows, compileRowWriter(fields))}}`);
      }),
      { numRuns: 500 },
    );
  });

  it('holds related rows, and null where there is none', () => {
    const [own, other, list] = fieldsOf([{}, {}, {}]);
    if (own === undefined || other === undefined || list === undefined) throw new Error('Three fields were made');
    const fields: Field[] = [
      own,
      { kind: 'one', name: 'author', presence: 1, fields: [other] },
      { kind: 'many', name: 'tags', index: 2, fields: [own] },
    ];
    const rows: LaidRow[] = [
      ['a', 'b', '[[["x"]],[[null]]]'],
      ['c', null, null],
    ];
    expect(written(fields, rows)).toBe(
      '{"data":[{"c\\"0":"a","author":{"c\\"1":"b"},"tags":[{"c\\"0":"x"},{"c\\"0":null}]},{"c\\"0":"c","author":null,"tags":[]}]}',
    );
  });

  it('of rows without columns has as many empty rows', () => {
    expect(written([], [[], []])).toBe('{"data":[{},{}]}');
  });

  it('is refused beyond its ceiling, and not held in memory', () => {
    const rows = Array.from({ length: 100 }, () => ['x'.repeat(100)]);
    expect(() => written(fieldsOf([{}]), rows, 1_000)).toThrow(/larger than 1000 bytes/);
  });

  it('begins anew when its statement does', () => {
    const writer = new ListWriter(new ListLayout(compileRowEncoder(fieldsOf([{}])), 1, undefined), [], 1_000);
    writer.read(messageOf(['lost']), null);
    writer.restart();
    writer.read(messageOf(['kept']), null);
    expect(Buffer.from(writer.finish()).toString()).toBe('{"data":[{"c\\"0":"kept"}]}');
  });

  it('ends where its page is full, and begins anew with all of its rows', () => {
    const limit = { slot: 0, default: 1, most: 9, cap: undefined, name: 'limit' };
    const page = { limit, identity: { text: '', slots: [] }, columns: [0] };
    const layout = new ListLayout(compileRowEncoder(fieldsOf([{}])), 1, page);
    const run = (most: number, texts: readonly string[]) => {
      const writer = new ListWriter(layout, [most], 1_000);
      for (const text of ['lost', 'too']) writer.read(messageOf([text]), null);
      writer.restart();
      for (const text of texts) writer.read(messageOf([text]), null);
      const { data, meta } = JSON.parse(Buffer.from(writer.finish()).toString());
      return [data.length, meta === undefined ? undefined : decodeCursor(meta.nextCursor).position];
    };
    expect(run(2, ['a', 'b', 'c'])).toEqual([2, ['b']]);
    expect(run(2, ['a', 'b'])).toEqual([2, undefined]);
    expect(run(2, ['a'])).toEqual([1, undefined]);
    expect(run(0, [])).toEqual([0, undefined]);
  });
});
