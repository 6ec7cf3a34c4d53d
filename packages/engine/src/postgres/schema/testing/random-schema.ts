import type { Json, Table } from '@santokit/contract';
import fc from 'fast-check';
import { type ColumnParts, declare, type TableParts } from './declare.ts';

/** A table or a column that has one of two names; said to be renamed, it comes from the other one. */
interface Renamable {
  readonly name: string;
  readonly renamedFrom?: string;
}

const renamable = (name: string): fc.Arbitrary<Renamable> => {
  const names = [name, `${name} 2`];
  return fc.tuple(fc.nat(3), fc.boolean()).map(([choice, isRenamed]) => {
    const [own = name, other = name] = choice === 0 ? names.toReversed() : names;
    return { name: own, ...(isRenamed ? { renamedFrom: other } : {}) };
  });
};

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

type Rules = Pick<ColumnParts, 'enum' | 'minLength' | 'maxLength' | 'min' | 'max'>;

/** With rules that the database enforces, or that it does not, or none. */
const ruled = (parts: fc.Arbitrary<ColumnParts>, rules: fc.Arbitrary<Rules>) =>
  fc
    .tuple(parts, rules, fc.nat(3))
    .map(
      ([one, limits, choice]): ColumnParts =>
        choice === 0 ? one : { ...one, ...limits, ...(choice === 1 ? {} : { enforce: true }) },
    );
const some = <T>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
const bound = (digits: number) => fc.integer({ min: -500, max: 500 }).map((number) => (number / 7).toFixed(digits));

const textRules = some<Rules>({
  enum: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
  minLength: fc.nat(3),
  maxLength: fc.integer({ min: 4, max: 30 }),
});
const wholeRules = some<Rules>({
  min: bound(0),
  max: bound(2),
  enum: fc.uniqueArray(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 2 }),
});
const decimalRules = some<Rules>({
  min: bound(3),
  max: bound(0),
  enum: fc.uniqueArray(bound(2), { minLength: 1, maxLength: 2 }),
});
const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const floatRules = some<Rules>({
  min: bound(3),
  max: fc.constantFrom('5', `1${'0'.repeat(320)}`),
  enum: fc.uniqueArray(double, { minLength: 1, maxLength: 2 }),
});

/** By column, the types between which it may change. */
function families(tables: readonly Renamable[]): Readonly<Record<string, fc.Arbitrary<ColumnParts>>> {
  const names = tables.map((table) => table.name);
  return {
    text: ruled(
      fc.oneof(
        spec({ type: 'string' }, literal(word)),
        ...['varchar(20)', 'varchar(8)', 'char(6)'].map((native) => spec({ type: 'string', native })),
      ),
      textRules,
    ),
    'Mixed "number"': ruled(
      fc.oneof(
        spec({ type: 'int', native: 'smallint' }),
        spec({ type: 'int' }, literal(fc.integer({ min: -1_000, max: 1_000 }))),
        spec({ type: 'bigint' }, literal(fc.integer({ min: -1_000, max: 1_000 }).map(String))),
      ),
      wholeRules,
    ),
    select: ruled(
      fc.oneof(
        spec({ type: 'decimal' }, literal(fc.integer().map((number) => (number / 100).toFixed(2)))),
        fc
          .tuple(fc.integer({ min: 4, max: 12 }), fc.nat(4))
          .chain(([precision, scale]) => spec({ type: 'decimal', precision, scale })),
      ),
      decimalRules,
    ),
    float: ruled(
      fc.oneof(spec({ type: 'float' }, literal(double)), spec({ type: 'float', native: 'real' })),
      floatRules,
    ),
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
      .tuple(fc.constantFrom(...names), fc.constantFrom('cascade' as const, 'set_null' as const, 'restrict' as const))
      .map(([table, onDelete]): ColumnParts => ({ type: 'string', nullable: true, references: { table, onDelete } })),
  };
}

const description = fc.option(fc.oneof(fc.constant(''), word), { nil: undefined });

const column = (name: string, parts: fc.Arbitrary<ColumnParts>) =>
  fc
    .tuple(renamable(name), parts, fc.boolean(), fc.nat(4), description)
    .map(([{ name: own, ...renamed }, one, nullable, wish, about]): [string, ColumnParts] => [
      own,
      {
        nullable,
        ...one,
        ...renamed,
        ...(wish === 0 ? { unique: true } : {}),
        ...(about === undefined ? {} : { description: about }),
      },
    ]);

const TABLES = ['alpha', 'Beta', 'order'];

/** Schemas of three tables, one of them in another namespace under another's name, and sometimes a junction table. */
export const randomSchema: fc.Arbitrary<Table[]> = fc.tuple(...TABLES.map(renamable)).chain((names) => {
  const kinds = Object.entries(families(names)).map(([name, parts]) =>
    fc.option(column(name, parts), { nil: undefined, freq: 1 }),
  );
  const tables = names.map((name, position) =>
    fc.tuple(fc.tuple(...kinds), fc.nat(3), description).map(([columns, index, about]) => {
      const named = Object.fromEntries(columns.filter((one) => one !== undefined));
      const { name: own, ...renamed } = name;
      return declare(own, {
        ...renamed,
        columns: named,
        indexes: indexesOf(Object.keys(named), index),
        // In the database it is the namesake of another one.
        ...(position === 2 ? { schema: 'Odd Schema', nativeName: 'Beta' } : {}),
        ...(about === undefined ? {} : { description: about }),
      });
    }),
  );
  return fc
    .tuple(fc.option(junction(names), { nil: undefined }), ...tables)
    .map(([link, ...others]) => [...others, ...(link === undefined ? [] : [link])]);
});

function junction(tables: readonly Renamable[]): fc.Arbitrary<Table> {
  const end = (name: string) =>
    fc
      .constantFrom(...tables)
      .chain((table) =>
        column(name, fc.constant({ type: 'string', references: { table: table.name, onDelete: 'cascade' } })),
      );
  return fc.tuple(renamable('pair'), end('left'), end('right'), fc.boolean()).map(([name, left, right, isTurned]) => {
    const { name: own, ...renamed } = name;
    // A key is renamed or stays: to have another one is not what a plan can bring about.
    const key = ([column, parts]: [string, ColumnParts], kind: string): [string, ColumnParts] => [
      column,
      { ...parts, nullable: false, renamedFrom: column === kind ? `${kind} 2` : kind },
    ];
    const columns = Object.fromEntries([key(left, 'left'), key(right, 'right')]);
    const link = isTurned ? [right[0], left[0]] : [left[0], right[0]];
    return declare(own, { ...renamed, link, columns });
  });
}

function indexesOf(names: readonly string[], choice: number): NonNullable<TableParts['indexes']> {
  const [first] = names;
  if (first === undefined || choice === 0) return [];
  if (choice === 1) return [{ columns: [first] }];
  return [
    { columns: names, unique: choice === 3, ...(choice === 2 ? { where: `id IN ('a', 'b') AND id > 'a'` } : {}) },
  ];
}
