import type { Column, Schema, Table } from '@santokit/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readProject } from '../read-project.ts';
import { renderSchema } from './render-schema.ts';

const name = fc.oneof(
  fc.stringMatching(/^[a-z_][a-z0-9_]{0,12}$/),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 10 })
    .filter((text) => Buffer.byteLength(text) <= 63 && text.isWellFormed() && !text.includes('\0')),
  fc.constantFrom(
    'Order Details',
    'null',
    'yes',
    '1',
    '1e3',
    '0x1f',
    '~',
    '#a',
    'a: b',
    '- x',
    '__proto__',
    'constructor',
  ),
);

/** Of a comment that somebody gave in a database: anything but NUL and halves of surrogate pairs. */
const description = fc.option(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }).filter((text) => text.isWellFormed() && !text.includes('\0')),
    fc.string({
      unit: fc.constantFrom('a', ' ', '\n', '\t', '\r', '#', ':', '"', "'", '\\', '\u0085', '\u2028', '\ufeff'),
      maxLength: 200,
    }),
  ),
  { nil: undefined },
);
const described = (text: string | undefined) => (text === undefined ? {} : { description: text });

const columnBody = fc.oneof(
  fc.record(
    {
      type: fc.constant('string' as const),
      maxLength: fc.integer({ min: 10, max: 500 }),
      default: fc.record({
        kind: fc.constant('literal' as const),
        value: fc.constantFrom('', 'yes', '1', 'null', 'a "b"', "it's", '#'),
      }),
    },
    { requiredKeys: ['type'] },
  ),
  fc.record(
    {
      type: fc.constantFrom('int' as const, 'bigint' as const),
      min: fc.integer().map(String),
      enforce: fc.constant(true),
    },
    { requiredKeys: ['type', 'min'] },
  ),
  fc.record({ type: fc.constant('decimal' as const), precision: fc.integer({ min: 5, max: 30 }), scale: fc.nat(5) }),
  fc.record(
    {
      type: fc.constant('timestamp' as const),
      default: fc.constant({ kind: 'now' as const }),
      native: fc.constant('timestamp without time zone'),
    },
    { requiredKeys: ['type'] },
  ),
  fc.record({
    type: fc.constant('array' as const),
    items: fc.constantFrom(
      { type: 'string' as const },
      { type: 'string' as const, maxLength: 3 },
      { type: 'array' as const, items: { type: 'int' as const } },
    ),
  }),
  fc.record(
    {
      type: fc.constantFrom(
        'json' as const,
        'date' as const,
        'uuid' as const,
        'bytes' as const,
        'boolean' as const,
        'float' as const,
      ),
      default: fc.record({ kind: fc.constant('native' as const), sql: fc.constantFrom('gen()', "'x'::text") }),
    },
    { requiredKeys: ['type'] },
  ),
);

const table = fc
  .record({
    name,
    columns: fc.uniqueArray(
      fc.record({ name, body: columnBody, description, nullable: fc.boolean(), unique: fc.boolean() }),
      {
        selector: (column) => column.name,
        maxLength: 6,
      },
    ),
    description,
    schema: fc.option(fc.constantFrom('sales', 'Odd Schema'), { nil: undefined }),
  })
  .map(({ name: tableName, columns, schema, description: about }): Table => {
    const all = columns
      .filter((column) => column.name !== 'id')
      .map(({ name: column, body, description: text, nullable, unique }): [string, Column] => [
        column,
        { name: column, ...body, nullable, ...(unique ? { unique: true } : {}), ...described(text) },
      ]);
    const first = all[0]?.[0];
    return {
      name: tableName,
      connection: 'main',
      ...(schema === undefined ? {} : { schema }),
      key: { columns: ['id'], generate: 'client' },
      columns: Object.fromEntries([['id', { name: 'id', type: 'int', nullable: false }], ...all]),
      indexes: first === undefined ? [] : [{ columns: [first], unique: true, where: "x = 'y'" }],
      relations: {},
      ...described(about),
    };
  });

it('reading back what was rendered gives the same schema', () => {
  fc.assert(
    fc.property(fc.uniqueArray(table, { selector: (entry) => entry.name, maxLength: 4 }), (tables) => {
      const schema: Schema = Object.fromEntries(tables.map((entry) => [entry.name, entry]));
      const { model, problems } = readProject(renderSchema(schema));
      expect(problems).toEqual([]);
      expect(model.schema).toEqual(schema);
    }),
    { numRuns: 200 },
  );
});

it('references and junction tables survive, one line a column', () => {
  const { model } = readProject([
    {
      path: 'schema/a.yaml',
      content: `version: 1
tables:
  employee:
    id: { name: employee_id, generate: client, type: int }
    columns:
      reports_to: { type: int, nullable: true, references: { table: employee, as: manager, inverse: reports, onDelete: no_action } }
  badge:
    link: [employee_id, code]
    columns:
      employee_id: { type: int, references: { table: employee } }
      code: { type: string }
`,
    },
  ]);
  const files = renderSchema(model.schema);
  expect(files.map((file) => file.path)).toEqual(['schema/employee.yaml', 'schema/badge.yaml']);
  expect(files[1]?.content).toContain('      employee_id: { type: int, references: { table: employee } }\n');
  expect(readProject(files).model.schema).toEqual(model.schema);
});
