import { formatProblem } from '@santokit/contract';
import { expect, it } from 'vitest';
import { readProject } from '../read-project.ts';
import { renderSchema } from './render-schema.ts';

const read = (tables: string) =>
  readProject([{ path: 'schema/a.yaml', content: `version: 1\ntables:\n${tables.replace(/^/gm, '  ')}` }]);
const problemsOf = (tables: string) => read(tables).problems.map(formatProblem);

const TABLE = 'users:\n  columns: { name: { type: string } }\n';

it('a view has columns that may be null, and a key only where one is named', () => {
  const { model, problems } = read(`${TABLE}totals:
  view: true
  schema: reports
  description: sales of each day
  columns:
    day: { type: date }
    user_id: { type: string, references: { table: users, as: user } }
ranks:
  view: true
  id: { name: place, type: bigint }
  columns: { user_id: { type: string, references: { table: users, as: user, inverse: ranks } } }
pairs:
  view: true
  link: [a, b]
  columns: { a: { type: int }, b: { type: int }, c: { type: int } }
plain:
  view: false
  columns: {}
`);
  expect(problems).toEqual([]);
  const { totals, ranks, pairs, plain, users } = model.schema;
  expect(totals).toMatchObject({ view: true, key: { columns: [] }, columns: { day: { nullable: true } } });
  expect(totals?.relations).toEqual({ user: { kind: 'one', table: 'users', column: 'user_id', targetColumn: 'id' } });
  expect(ranks).toMatchObject({ view: true, key: { columns: ['place'] }, columns: { place: { nullable: false } } });
  expect(users?.relations.ranks).toMatchObject({ kind: 'many', table: 'ranks' });
  expect(Object.values(pairs?.columns ?? {}).map((column) => column.nullable)).toEqual([false, false, true]);
  expect(plain).not.toHaveProperty('view');
  expect(readProject(renderSchema(model.schema)).model.schema).toEqual(model.schema);
});

it.each([
  ['an index', '  indexes: [{ columns: [a] }]', ':6:5: "indexes" is for tables'],
  ['another name before', '  renamedFrom: w', ':6:5: "renamedFrom" is for tables'],
  ['a generated key', '  id: { name: k, generate: ulid }', ':6:20: "generate" is for tables'],
  [
    'a key that nothing is told apart by',
    '  id: { name: k, type: date }',
    ':6:26: The "id" of a view cannot be of type',
  ],
])('%s of a view is a fault where it stands', (_, line, problem) => {
  const problems = problemsOf(`v:\n  view: true\n  columns: { a: { type: int } }\n${line}\n`);
  expect(problems).toEqual([expect.stringContaining(problem)]);
});

it.each([
  'nullable: true',
  'default: 1',
  'nativeDefault: f()',
  'unique: true',
  'enforce: true, min: 1',
  'renamedFrom: b',
  'disabled: true',
  'readOnly: true',
])('a column of a view cannot say %s', (fact) => {
  expect(problemsOf(`v:\n  view: true\n  columns: { a: { type: int, ${fact} } }\n`)).toEqual([
    `schema/a.yaml:5:32: "${fact.split(':')[0]}" is for tables: the rows of a view are only read`,
  ]);
});

it('nothing leads to the rows of a view that cannot be told apart', () => {
  expect(
    problemsOf(`${TABLE}v:
  view: true
  columns: { user_id: { type: string, references: { table: users, inverse: vs } } }
w:
  columns: { v_id: { type: string, references: { table: v } } }
`),
  ).toEqual([
    expect.stringContaining('7:78: "inverse" leads to the rows of "v", a view whose "id" is not declared'),
    expect.stringContaining('"v" is a view whose "id" is not declared: name a column of it that is unique'),
  ]);
});

it('a relation with a view says nothing of changes', () => {
  expect(
    problemsOf(`${TABLE}v:
  view: true
  id: { name: user_id }
  columns: { other: { type: string, references: { table: users, as: o, onDelete: cascade } } }
w:
  columns: { v_id: { type: string, references: { table: v, onDelete: cascade } } }
`),
  ).toEqual([
    expect.stringContaining('"onDelete" is for tables'),
    expect.stringContaining('"v" is a view, so no foreign key leads there to act on changes'),
  ]);
});
