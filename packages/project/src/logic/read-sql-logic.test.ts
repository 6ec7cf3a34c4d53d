import type { Problem } from '@santokit/contract';
import { expect, it } from 'vitest';
import { readSqlLogic } from './read-sql-logic.ts';

function read(content: string, path = 'logics/a/b.sql') {
  const problems: Problem[] = [];
  const source = readSqlLogic({ path, content }, problems);
  return { source, problems: problems.map(({ line, column, message }) => `${line}:${column} ${message}`) };
}

it('a file without front matter is SQL from its first line', () => {
  const { source, problems } = read('select 1;\n---\nselect 2');
  expect(problems).toEqual([]);
  expect(source).toMatchObject({ name: 'a/b', sql: 'select 1;\n---\nselect 2', sqlLine: 1, params: [] });
  expect(source).toMatchObject({ connection: { value: 'main' }, transaction: 'read_committed', publish: [] });
});

it('the SQL begins behind the front matter, whatever marks the order of bytes or ends lines', () => {
  const { source } = read('\uFEFF---\r\nroles: [a]\r\ntimeout: 1m\r\n---\r\n\r\nselect 1');
  expect(source).toMatchObject({ roles: [{ value: 'a' }], timeoutMs: 60_000, sql: '\nselect 1', sqlLine: 5 });
});

it.each([
  ['---\nroles: [a]', '1:1 The front matter has no end: a line of "---" must follow it'],
  [
    '---\nrole: [a]\n---\n',
    '2:1 Unknown key "role" in the front matter (did you mean "roles"?); allowed: description, roles, condition, params, connection, timeout, transaction, publish',
  ],
  ['---\nroles: [5]\n---\n', '2:9 An entry of "roles" must be text'],
  ['---\nroles: []\n---\n', '2:8 "roles" is empty: nobody could call it; take it away or name a role'],
  ['---\ntimeout: 5\n---\n', '2:10 "timeout" must be a duration such as 500ms or 5s'],
  ['---\ntimeout: 5x\n---\n', '2:10 "timeout" must be a duration such as 500ms or 5s'],
  [
    '---\ntransaction: snapshot\n---\n',
    '2:14 "transaction" cannot be "snapshot"; allowed: read_committed, repeatable_read, serializable, none',
  ],
  [
    '---\nparams: { now: { type: string } }\n---\n',
    '2:11 "now" cannot be the name of a param: auth, now, env, event, result, __proto__ have a meaning',
  ],
  [
    '---\nparams: { "a-b": { type: string } }\n---\n',
    '2:11 "a-b" is no name of a param: letters, digits and "_", at most 63',
  ],
  [
    '---\nparams: { a: { type: int, default: x } }\n---\n',
    '2:36 "default" is not a valid int: a whole number of 32 bits is expected',
  ],
  ['---\nparams: { a: { type: int, native: int2 } }\n---\n', /^2:27 Unknown key "native" in param "a"/],
  ['---\npublish: [{ mapping: {} }]\n---\n', '2:11 An entry of "publish" needs "topic"'],
  [
    '---\npublish: [{ topic: t, mapping: { a: [1] } }]\n---\n',
    '2:37 "mapping.a" must be a value such as ":result.id", or a literal',
  ],
  ['---\n- a\n---\n', '2:1 the front matter must be a mapping'],
  ['---\n"\n---\n', /^[23]:\d+ Not valid YAML/],
  ['select \0', '1:1 A NUL character; the file must be UTF-8 text'],
  ['x'.repeat(200_000), '1:1 A logic file has at most 131072 characters'],
])('%j is told with its place', (content, problem) => {
  const [first = ''] = read(content).problems;
  if (typeof problem === 'string') expect(first).toBe(problem);
  else expect(first).toMatch(problem);
});

it.each([
  'logics/a b.sql',
  'logics/.sql',
  'logics/a//b.sql',
  'logics/../a.sql',
  'logics/__proto__/a.sql',
  'logics/é.sql',
])('%s is no name to call it by', (path) => {
  expect(read('select 1', path).problems).toEqual([
    '1:1 The path of a logic file is made of letters, digits, "_" and "-": it is the name by which it is called',
  ]);
});
