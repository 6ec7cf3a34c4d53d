import type { Json, Table } from '@santokit/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeTester } from './testing/change-case.ts';
import { type ColumnParts, declare } from './testing/declare.ts';

const database = changeTester();

/** More runs find rarer pairs: `STK_PROPERTY_RUNS=500 vitest run packages/engine/src/postgres/schema/convergence`. */
const numRuns = Number(process.env.STK_PROPERTY_RUNS ?? 8);
const TABLES = ['alpha', 'Beta', 'order'];

const literal = (value: fc.Arbitrary<Json>) => value.map((one) => ({ kind: 'literal' as const, value: one }));
const spec = (
  parts: ColumnParts,
  fallback: fc.Arbitrary<NonNullable<ColumnParts['default']>> | undefined = undefined,
) =>
  fallback === undefined
    ? fc.constant(parts)
    : (fc
        .option(fallback, { nil: undefined })
        .map((one) => (one === undefined ? parts : { ...parts, default: one })) as fc.Arbitrary<ColumnParts>);

const word = fc
  .string({ unit: 'grapheme', maxLength: 4 })
  .filter((text) => !text.includes('\0') && text.isWellFormed());
const json = fc
  .json({ maxDepth: 2, noUnicodeString: true } as object)
  .map((text) => JSON.parse(text.replaceAll('\\u0000', '')) as Json);
const bytes = fc.uint8Array({ maxLength: 5 }).map((array) => Buffer.from(array).toString('base64'));
const bigint = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);

/** By column, the types between which it may change. */
const FAMILIES: Readonly<Record<string, fc.Arbitrary<ColumnParts>>> = {
  text: fc.oneof(
    spec({ type: 'string' }, literal(word)),
    ...['varchar(20)', 'varchar(8)', 'char(6)'].map((native) => spec({ type: 'string', native })),
  ),
  'Mixed "number"': fc.oneof(
    spec({ type: 'int', native: 'smallint' }),
    spec({ type: 'int' }, literal(fc.integer({ min: -1_000, max: 1_000 }))),
    spec({ type: 'bigint' }, literal(fc.integer({ min: -1_000, max: 1_000 }).map(String))),
  ),
  select: fc.oneof(
    spec({ type: 'decimal' }, literal(fc.integer().map((number) => (number / 100).toFixed(2)))),
    fc
      .tuple(fc.integer({ min: 4, max: 12 }), fc.nat(4))
      .chain(([precision, scale]) => spec({ type: 'decimal', precision, scale })),
  ),
  float: spec({ type: 'float' }, literal(fc.double({ noNaN: true, noDefaultInfinity: true }))),
  big: spec({ type: 'bigint' }, literal(bigint)),
  flag: spec({ type: 'boolean' }, literal(fc.boolean())),
  json: spec({ type: 'json' }, literal(json)),
  at: fc.oneof(
    ...['timestamptz', 'timestamptz(3)', 'timestamptz(0)'].map((native) =>
      spec({ type: 'timestamp', native }, fc.constant({ kind: 'now' })),
    ),
  ),
  day: spec({ type: 'date' }, literal(fc.constantFrom('2020-02-29', '1999-12-31'))),
  uuid: spec({ type: 'uuid' }, fc.constant({ kind: 'uuid_v4' })),
  bytes: spec({ type: 'bytes' }, literal(bytes)),
  list: spec({ type: 'array', items: { type: 'int' }, native: 'integer[]' }, literal(fc.constant([]))),
  target: fc
    .tuple(fc.constantFrom(...TABLES), fc.constantFrom('cascade' as const, 'set_null' as const, 'restrict' as const))
    .map(([table, onDelete]): ColumnParts => ({ type: 'string', nullable: true, references: { table, onDelete } })),
};

const column = (name: string) =>
  fc.tuple(FAMILIES[name] ?? fc.constant({ type: 'string' as const }), fc.boolean(), fc.nat(4)).map(
    ([parts, nullable, wish]): ColumnParts => ({
      nullable,
      ...parts,
      ...(wish === 0 ? { unique: true } : {}),
    }),
  );

const columns = fc.record(Object.fromEntries(Object.keys(FAMILIES).map((name) => [name, column(name)])), {
  requiredKeys: [],
});

const schema: fc.Arbitrary<Table[]> = fc
  .tuple(...TABLES.map(() => fc.tuple(columns as fc.Arbitrary<Record<string, ColumnParts>>, fc.nat(3))))
  .map((tables) =>
    tables.map(([parts, index], position) =>
      declare(TABLES[position] ?? '', { columns: parts, indexes: indexesOf(Object.keys(parts), index) }),
    ),
  );

function indexesOf(names: readonly string[], choice: number) {
  const [first] = names;
  if (first === undefined || choice === 0) return [];
  if (choice === 1) return [{ columns: [first] }];
  return [
    { columns: names, unique: choice === 3, ...(choice === 2 ? { where: `id IN ('a', 'b') AND id > 'a'` } : {}) },
  ];
}

test('whatever was declared before, applying what is declared leaves nothing to plan and no drift', {
  timeout: 20_000 + numRuns * 3_000,
}, async () => {
  const scratch = await database.empty();
  await fc.assert(
    fc.asyncProperty(schema, schema, async (before, after) => {
      await scratch.clear();
      await scratch.migrate(before);
      expect(await scratch.rest(before)).toEqual({ steps: [], drift: 0 });

      const { steps } = await scratch.plan(after);
      expect(steps.filter((step) => step.class === 'unsupported')).toEqual([]);
      expect(await scratch.rest(after)).toMatchObject({ drift: steps.length });
      await scratch.migrate(after);
      expect(await scratch.rest(after)).toEqual({ steps: [], drift: 0 });

      const { tables } = await scratch.pull();
      expect(await scratch.rest(tables)).toEqual({ steps: [], drift: 0 });
    }),
    { numRuns },
  );
});
