import { type Column, formatProblem, type ProjectFile } from '@santokit/contract';
import { describe, expect, it } from 'vitest';
import { readProject } from './read-project.ts';

const schema = (columns: string, rest = ''): ProjectFile => ({
  path: 'schema/a.yaml',
  content: `version: 1\ntables:\n  posts:\n    columns:\n${columns.replace(/^/gm, '      ')}\n${rest}`,
});
const problemsOf = (...files: ProjectFile[]): string[] => readProject(files).problems.map(formatProblem);

describe('a project without faults', () => {
  const { model, problems } = readProject([
    {
      path: 'schema/posts.yaml',
      content: `version: 1
tables:
  users:
    columns:
      email: { type: string, format: email, unique: true, sensitive: true }
  posts:
    columns:
      title:      { type: string, maxLength: 200 }
      author_id:  { type: string, references: { table: users, as: author, inverse: posts, onDelete: cascade } }
      status:     { type: string, enum: [draft, published], default: draft }
      price:      { type: decimal, precision: 12, scale: 2, min: 0.01, nullable: true }
      tags:       { type: array, items: string, default: [] }
      big:        { type: bigint, default: 9223372036854775807 }
      created_at: { type: timestamp, default: now }
    indexes:
      - { columns: [author_id, status] }
      - { columns: [title], unique: true, where: "status = 'published'" }
  post_user:
    link: [post_id, user_id]
    columns:
      post_id: { type: string, references: { table: posts } }
      user_id: { type: string, references: { table: users } }
`,
    },
    {
      path: 'config/permissions.yaml',
      content:
        'version: 1\ntables:\n  posts:\n    select:\n      - roles: [public]\n        condition: resource.status == "published"\n    delete: { roles: [admin] }\n',
    },
    {
      path: 'config/auth.yaml',
      content: 'signup: closed\naccessTokenTtl: 5m\norigins: ["https://app.example.com", "http://localhost:*"]\n',
    },
    {
      path: 'config/limits.yaml',
      content:
        'rateLimits: { apiKey: 1000/min, endUser: 10/sec }\nceilings: { bodyBytes: 10MB, queryTimeout: 30s, rows: 500, answerBytes: 1GB, insertRows: 1, whereConditions: 2, whereDepth: 0, inItems: 3, expandDepth: 0, expandRows: 4, batchCalls: 5 }\n',
    },
  ]);

  it('has no problem', () => expect(problems).toEqual([]));

  it('gives every column its type, bounds and default', () => {
    const columns: Readonly<Record<string, Column>> = model.schema.posts?.columns ?? {};
    expect(model.schema.posts?.key).toEqual({ columns: ['id'], generate: 'ulid' });
    expect(columns.id).toEqual({ name: 'id', type: 'string', nullable: false });
    expect(columns.price).toEqual({
      name: 'price',
      type: 'decimal',
      precision: 12,
      scale: 2,
      min: '0.01',
      nullable: true,
    });
    expect(columns.big?.default).toEqual({ kind: 'literal', value: '9223372036854775807' });
    expect(columns.created_at?.default).toEqual({ kind: 'now' });
    expect(columns.tags).toMatchObject({ items: { type: 'string' }, default: { kind: 'literal', value: [] } });
  });

  it('gives both ends of a reference their relation', () => {
    expect(model.schema.posts?.relations).toEqual({
      author: { kind: 'one', table: 'users', column: 'author_id', targetColumn: 'id' },
    });
    expect(model.schema.users?.relations).toEqual({
      posts: { kind: 'many', table: 'posts', column: 'id', targetColumn: 'author_id' },
    });
    expect(model.schema.post_user?.key).toEqual({ columns: ['post_id', 'user_id'] });
  });

  it('reads permissions with the place of each expression', () => {
    expect(model.permissions.tables[0]?.operations.map(({ operation, rules }) => [operation, rules.length])).toEqual([
      ['select', 1],
      ['delete', 1],
    ]);
    expect(model.permissions.tables[0]?.operations[0]?.rules[0]?.condition).toMatchObject({
      line: 6,
      column: 20,
      value: 'resource.status == "published"',
    });
  });

  it('reads durations, sizes and rates', () => {
    expect(model.auth).toEqual({
      signup: 'closed',
      defaultRoles: ['user'],
      accessTokenTtlSeconds: 300,
      refreshTokenTtlSeconds: 2_592_000,
      origins: ['http://localhost:*', 'https://app.example.com'],
    });
    expect(model.limits).toEqual({
      rateLimits: { apiKeyPerMinute: 1000, endUserPerMinute: 600 },
      ceilings: {
        bodyBytes: 10_485_760,
        queryTimeoutMs: 30_000,
        rows: 500,
        answerBytes: 1_073_741_824,
        insertRows: 1,
        whereConditions: 2,
        whereDepth: 0,
        inItems: 3,
        expandDepth: 0,
        expandRows: 4,
        batchCalls: 5,
      },
    });
  });
});

it('reports the problems of all files at once, in order', () => {
  expect(
    problemsOf(
      schema('title: { type: strng }\nbody: { typo: string }'),
      { path: 'config/permissions.yaml', content: 'version: 2\ntables: []\n' },
      { path: 'config/auth.yaml', content: 'signup: maybe\n' },
    ),
  ).toEqual([
    'config/auth.yaml:1:9: "signup" cannot be "maybe"; allowed: open, closed',
    'config/permissions.yaml:1:10: This version is not known; write "version: 1"',
    'config/permissions.yaml:2:9: "tables" must be a mapping',
    expect.stringMatching(
      /^schema\/a\.yaml:5:22: "type" cannot be "strng" \(did you mean "string"\?\); allowed: string, int/,
    ),
    expect.stringMatching(/^schema\/a\.yaml:6:13: A column needs "type"/),
    expect.stringMatching(/^schema\/a\.yaml:6:15: Unknown key "typo" in column "body" \(did you mean "type"\?\)/),
  ]);
});

describe('a faulty column is told with its place', () => {
  it.each([
    ['a: { type: string, min: 1 }', /:5:26: "min" is for int, bigint, float, decimal, not for string/],
    ['a: { type: int, min: 5, max: 1 }', /"min" is greater than "max"/],
    ['a: { type: int, default: 1.5 }', /"default" is not a valid int/],
    ['a: { type: int, default: 2147483648 }', /"default" is not a valid int/],
    ['a: { type: bigint, default: 9223372036854775808 }', /not a valid bigint/],
    ['a: { type: decimal, precision: 4, scale: 2, default: "123.4" }', /more digits than decimal\(4,2\)/],
    ['a: { type: decimal, scale: 2 }', /"scale" needs "precision"/],
    ['a: { type: string, enum: [] }', /"enum" is empty/],
    ['a: { type: string, enum: [x], default: y }', /not one of the values of "enum"/],
    ['a: { type: string, enum: [x, 1] }', /An entry of "enum" is not a valid string/],
    ['a: { type: string, pattern: "(" }', /not a regular expression in RE2 syntax/],
    ['a: { type: string, pattern: "(?=x)" }', /not a regular expression in RE2 syntax/],
    ['a: { type: string, pattern: x, enforce: true }', /:5:\d+: "enforce" needs one of enum, minLength/],
    ['a: { type: array }', /needs "items"/],
    ['a: { type: boolean, default: yes }', /"default" is not a valid boolean/],
    ['a: { type: date, default: "2027-02-30" }', /"default" is not a valid date/],
    ['a: { type: string, bucket: main }', /"bucket" is for file columns/],
    ['a: { type: string, default: null }', /needs "nullable: true"/],
    [
      'a: { type: string, references: { table: nobody } }',
      /:5:47: "references" names table "nobody", which is not declared/,
    ],
    ['a: { type: string, native: "text); drop table x" }', /"native" must be the name of a type/],
    ['id: { type: string }', /"id" is the key under "id" and must not be repeated/],
    ['Title: { type: string }', /"Title" cannot be the name of a column/],
    ['a: { type: string }\na: { type: int }', /:6:\d+: This key was given already/],
    ['a: { type: string, default: "x\\0" }', /A NUL character/],
    ['a: { type: string, enum: ["\\ud800"] }', /half of a surrogate pair/],
    ['a: &x { type: string }\nb: *x', /Aliases \(\*name\) are not allowed/],
  ])('%s', (column, message) => {
    expect(problemsOf(schema(column))).toEqual([expect.stringMatching(message)]);
  });
});

it('a table of the database is declared once, whatever calls have as its name', () => {
  const twice = `version: 1
tables:
  a: { schema: app, nativeName: users }
  b: { schema: app, nativeName: users }
  users: { schema: app, connection: other }
  c: { nativeName: "Users" }
`;
  expect(problemsOf({ path: 'schema/a.yaml', content: twice })).toEqual([
    expect.stringMatching(/^schema\/a\.yaml:4:3: "b" is the same table of the database as "a", at schema\/a\.yaml:3/),
    expect.stringMatching(/^schema\/a\.yaml:6:21: "Users" cannot be the name of a table/),
  ]);
});

it('no table lies in the schema that is Santokit’s own', () => {
  expect(problemsOf(schema('a: { type: string }', '    schema: santokit'))).toEqual([
    expect.stringMatching(/^schema\/a\.yaml:6:13: "santokit" is the schema of what Santokit keeps for itself/),
  ]);
});

describe('a faulty key is told with its place', () => {
  it.each([
    ['id: { name: [a, b] }', /junction table declares "link"/],
    ['id: [a, b]', /junction table declares "link"/],
    ['id: { generate: ulid, type: int }', /"generate: ulid" cannot be of type "int"; allowed: string/],
    ['id: { generate: auto_increment, type: string }', /allowed: bigint/],
    ['link: [a]', /"link" names the two or more columns/],
    ['link: [a, nothing]', /"nothing", which is no column/],
    ['id: { name: a }', /"a" is the key under "id"/],
  ])('%s', (key, message) => {
    const content = `version: 1\ntables:\n  posts:\n    ${key}\n    columns:\n      a: { type: string }\n`;
    expect(problemsOf({ path: 'schema/a.yaml', content })).toEqual([expect.stringMatching(message)]);
  });
});

it.each([
  '',
  '\0',
  '---\na: 1\n---\nb: 2\n',
  '\t- a',
  '[',
  'version: 1\n',
  '- 1',
  'x',
  '!!binary x',
  '{ ? [a] : b }',
  'version: 1\ntables: { a: null }',
  'version: 1\ntables: { a: { columns: 3, indexes: {}, id: 4 } }',
])('a broken file %j is a problem, never an exception', (content) => {
  for (const path of ['schema/a.yaml', 'config/permissions.yaml', 'config/auth.yaml', 'config/limits.yaml']) {
    expect(() => readProject([{ path, content }])).not.toThrow();
  }
});

it('names of an existing database keep their spelling in an adopted file', () => {
  const content =
    'version: 1\nadopted: true\ntables:\n  "Order Details":\n    columns:\n      "Unit Price": { type: decimal }\n';
  expect(problemsOf({ path: 'schema/a.yaml', content })).toEqual([]);
});

describe('what config/auth.yaml and config/limits.yaml cannot mean is told with its place', () => {
  it.each([
    ['auth', 'version: 2', /:1:10: This version is not known; write "version: 1"/],
    ['limits', 'version: 2', /:1:10: This version is not known; write "version: 1"/],
    ['auth', 'accessTokenTtl: 15', /:1:17: "accessTokenTtl" must be a duration from 1s to 3650d, such as 15m or 30d/],
    ['auth', 'refreshTokenTtl: 3651d', /:1:18: "refreshTokenTtl" must be a duration from 1s to 3650d/],
    ['auth', 'accessTokenTtl: 999999999d', /:1:17: "accessTokenTtl" must be a duration from 1s to 3650d/],
    ['auth', 'defaultRoles: ["a b"]', /:1:17: A role has 1 to 100 characters, and no blank/],
    ['auth', 'defaultRoles: [""]', /:1:17: A role has 1 to 100 characters/],
    ['auth', `defaultRoles: [${Array(51).fill('a')}]`, /:1:15: "defaultRoles" has more than 50 roles/],
    [
      'auth',
      `defaultRoles: [${Array(50).fill('\u00e9'.repeat(60))}]`,
      /:1:15: "defaultRoles" is longer than an access token holds \(5200 bytes\)/,
    ],
    ['auth', 'origins: ["https://*.example.com"]', /:1:12: An origin is a scheme, a host/],
    ['auth', 'origins: ["https://*"]', /:1:12: An origin is a scheme, a host/],
    ['limits', 'rateLimits: { login: 10 }', /:1:22: "login" must be a rate such as 5\/sec, 100\/min or 1000\/hour/],
  ])('%s: %s', (name, content, message) => {
    expect(problemsOf(schema('a: { type: int }'), { path: `config/${name}.yaml`, content })).toEqual([
      expect.stringMatching(message),
    ]);
  });
});
