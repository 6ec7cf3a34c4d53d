import type { Column, CompiledPermissions, Json, Principal, Schema } from '@santokit/contract';
import { expect, it } from 'vitest';
import { proveStatement } from './testing/prove-statement.ts';
import { recordCall, serveRules } from './testing/recorded-statements.ts';

const OTHER = 'it"s; --';
/** Of a relation: one with a dot would be a path. */
const MANY = `"many'; --`;
const NAMES = [
  'a"b',
  "a'b",
  'a;drop table users',
  'a--',
  '/*',
  'a$1',
  'select',
  'ü😀',
  'x'.repeat(63),
  'a.b',
  '%s',
  '\\',
];
const CALLER: Principal = { type: 'user', sub: 'u', roles: ['reader'], claims: {} };

it.each(NAMES)(
  'a table, schema, column, relation and figure named %j stand quoted in every statement',
  async (name) => {
    const schema = schemaOf(name);
    const served = serveRules(tablesOf(name), schema);
    for (const [operation, params] of callsOf(name)) {
      const path = `db/${name}/${operation}`;
      const { statement, refusal } = await recordCall({ served, principal: CALLER, path, params });
      expect(refusal, path).toBeUndefined();
      const { text = '' } = statement ?? {};
      const limits = new Set([100, 101]);
      expect(proveStatement(text, { schema, named: ['figure', OTHER, name], limits }).faults, text).toEqual([]);
    }
  },
);

function schemaOf(name: string): Schema {
  const column = (each: string): Column => ({ name: each, type: 'string', nullable: false });
  const relation = { table: name, column: name, targetColumn: OTHER };
  return {
    [name]: {
      name,
      connection: 'main',
      schema: name,
      key: { columns: [name] },
      columns: { [name]: column(name), [OTHER]: column(OTHER) },
      indexes: [],
      relations: { one: { kind: 'one', ...relation }, [MANY]: { kind: 'many', ...relation } },
    },
  };
}

function tablesOf(name: string): CompiledPermissions['tables'] {
  const rules = [{ roles: ['reader'] }];
  return { [name]: { select: rules, insert: rules, update: rules, delete: rules } };
}

function callsOf(name: string): [operation: string, params: Json][] {
  const row = { [name]: 'v', [OTHER]: 'w' };
  const related = { [MANY]: { [OTHER]: 'w' } };
  return [
    ['select', { where: { [name]: 'v' }, orderBy: { [OTHER]: 'asc' }, distinct: [OTHER], count: 'exact' }],
    ['select', { where: related, expand: { one: true, [MANY]: { orderBy: { [OTHER]: 'desc' }, limit: 3 } } }],
    ['insert', { data: [row] }],
    ['upsert', { data: row, conflict: [name], update: [OTHER] }],
    ['update', { where: { [name]: 'v' }, data: { [OTHER]: 'w' }, returning: true }],
    ['delete', { where: { [OTHER]: 'w' } }],
    ['count', { where: { $not: related } }],
    ['aggregate', { groupBy: [OTHER], aggregate: { figure: { $max: name } }, having: { figure: { $like: 'x' } } }],
    ['aggregate', { aggregate: { [name]: { $countDistinct: OTHER } }, orderBy: { [name]: 'asc' } }],
  ];
}
