import { expect, it } from 'vitest';
import { readProject } from '../read-project.ts';
import { readFixtures } from './read-fixtures.ts';

const { schema } = readProject([
  {
    path: 'schema/a.yaml',
    content:
      'version: 1\ntables: { posts: { columns: { title: { type: string }, big: { type: bigint, nullable: true } } } }\n',
  },
]).model;
const read = (content: string) => readFixtures([{ path: 'tests/permissions/a.yaml', content }], schema);
const problem = (content: string) =>
  read(content).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

const WHOLE = 'name: n, as: { sub: u }, call: db/posts/select, expect: allow';

it('takes a user by their "sub", a key by its roles, and keeps every digit of a value', () => {
  const { fixtures, problems } = read(
    `- { ${WHOLE}, row: { big: 9007199254740993, title: null } }\n- { name: k, as: { roles: [r] }, call: db/posts/delete, expect: deny }\n`,
  );
  expect(problems).toEqual([]);
  expect(fixtures).toMatchObject([
    { as: { type: 'user', sub: 'u', roles: [] }, row: { big: '9007199254740993', title: null }, expect: 'allow' },
    { as: { type: 'api_key', sub: null, roles: ['r'] }, operation: 'delete', expect: 'deny' },
  ]);
});

it('an empty file holds no tests', () => {
  expect(read('')).toEqual({ fixtures: [], problems: [] });
});

it.each([
  ['name: x', '1:1 A file of permission tests must be a list'],
  ['- { name: n }', '1:3 A permission test needs "as", "call", "expect"'],
  [
    `- { ${WHOLE}, rows: {} }`,
    '1:68 Unknown key "rows" in a permission test (did you mean "row"?); allowed: name, as, call, row, data, params, time, env, expect',
  ],
  [
    '- { name: n, as: {}, call: db/post/select, expect: allow }',
    '1:28 Table "post" is not declared (did you mean "posts"?)',
  ],
  [
    '- { name: n, as: {}, call: posts, expect: allow }',
    '1:28 "call" must be db/<table>/<operation>, such as db/posts/select',
  ],
  [
    '- { name: n, as: {}, call: db/posts/selec, expect: allow }',
    '1:28 "selec" is no operation (did you mean "select"?); allowed: select, insert, update, delete, upsert, count, aggregate',
  ],
  [`- { ${WHOLE}, row: { titel: x } }`, '1:75 "posts" has no column "titel" (did you mean "title"?)'],
  [
    `- { ${WHOLE}, row: { title: 7 } }`,
    '1:82 "title" is not a valid string: text is expected (quote numbers and words such as yes and null)',
  ],
  [
    '- { name: n, as: {}, call: db/posts/select, expect: maybe }',
    '1:53 "expect" cannot be "maybe"; allowed: allow, deny',
  ],
  ['- { name: n, as: {}, call: db/posts/select, expect: { columns: [x] } }', '1:65 "posts" has no column "x"'],
  [
    '- { name: n, as: {}, call: db/posts/delete, expect: { columns: [] } }',
    '1:53 A delete has no columns; expect allow or deny',
  ],
  [
    '- { name: n, as: { type: api_key, sub: u }, call: db/posts/select, expect: deny }',
    '1:18 An API key has no "sub" and is never "authenticated"; leave them out',
  ],
])('refuses %s', (content, message) => {
  expect(problem(content)).toEqual([message]);
});
