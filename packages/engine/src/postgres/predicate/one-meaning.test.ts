import type { Column, Json, RequestContext, Table } from '@santokit/contract';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import {
  compileExpression,
  ExpressionFault,
  evaluate,
  type Outcome,
  prepareExpression,
  type Row,
} from '@santokit/policy';
import { sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { predicateToSql } from './predicate-to-sql.ts';

const column = (name: string, type: Column['type'], nullable = true, native?: string): [string, Column] => [
  name,
  {
    name,
    type,
    nullable,
    ...(type === 'array' ? { items: { type: 'string' } } : {}),
    ...(native === undefined ? {} : { native }),
  },
];

const table: Table = {
  name: 'things',
  connection: 'main',
  key: { columns: ['id'], generate: 'client' },
  indexes: [],
  relations: {},
  columns: Object.fromEntries([
    column('id', 'int', false),
    column('i', 'int'),
    column('big', 'bigint'),
    column('j', 'int', false),
    column('f', 'float'),
    column('d', 'decimal'),
    column('s', 'string'),
    column('r', 'string', false),
    column('v', 'string', true, 'character varying(40)'),
    column('p', 'string', true, 'character(4)'),
    column('b', 'boolean'),
    column('at', 'timestamp'),
    column('local', 'timestamp', true, 'timestamp without time zone'),
    column('u', 'uuid'),
    column('day', 'date'),
    column('tags', 'array'),
  ]),
};

const DDL = `create table things (id integer primary key, i integer, big bigint, j integer not null, f double precision, d numeric, s text, r text not null,
  v varchar(40) collate "en-x-icu", p character(4), b boolean, at timestamptz, local timestamp, u uuid, day date, tags jsonb)`;

const UUID = '0190f3a2-7c1e-4b1a-9f00-0123456789ab';
const text = fc.constantFrom(
  '',
  'a',
  'A',
  'ab',
  'é',
  'e\u0301',
  '\u{1F600}',
  '\uFFFD',
  '\uE000',
  'draft',
  '%',
  '_',
  '\\',
  "'",
  UUID,
  '2024-02-29',
  '1',
);
const ints = fc.constantFrom(0, 1, -1, 2, 7, 2_147_483_647, -2_147_483_648);
const bigs = fc.constantFrom(
  '0',
  '1',
  '-1',
  '9223372036854775807',
  '-9223372036854775808',
  '4611686018427387904',
  '9007199254740993',
);
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 3 });

const row = fc.record({
  i: nullable(ints),
  big: nullable(bigs),
  j: ints,
  f: nullable(fc.constantFrom(0, 1, -1, 0.1, 1.5, 1e300, -1e-300, 9007199254740992)),
  d: nullable(fc.constantFrom('0', '1', '0.1', '-1.50', '123456789012345678901234567890.123456789')),
  s: nullable(text),
  r: text,
  v: nullable(text),
  p: nullable(fc.constantFrom('abcd', 'dcba', 'ABCD')),
  b: nullable(fc.boolean()),
  at: nullable(fc.constantFrom('2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000001Z', '1970-01-01T00:00:00Z')),
  local: nullable(fc.constantFrom('2024-01-01T00:00:00Z', '1999-12-31T23:59:59.5Z')),
  u: nullable(fc.constantFrom(UUID, '00000000-0000-4000-8000-000000000000')),
  day: nullable(fc.constantFrom('2024-02-29', '1999-12-31')),
  tags: nullable(fc.array(text, { maxLength: 3 })),
});

const anyJson: fc.Arbitrary<Json> = fc.oneof(
  text,
  fc.constantFrom('\0', 'a\0'),
  ints,
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.oneof(text, ints, fc.constant(null)), { maxLength: 4 }),
);
const request: fc.Arbitrary<RequestContext> = fc.record({
  auth: fc.record({
    type: fc.constantFrom('user' as const, 'api_key' as const),
    sub: nullable(text),
    roles: fc.array(text, { maxLength: 3 }),
    claims: fc.dictionary(fc.constantFrom('x', 'y'), anyJson),
  }),
  params: fc.dictionary(fc.constantFrom('x', 'y', 'list'), anyJson) as fc.Arbitrary<Json>,
  timeMs: fc.constantFrom(0, Date.UTC(2024, 0, 1)),
  env: fc.constantFrom('dev', 'prod'),
});

/** CEL texts; those that the compiler refuses are refused at apply, and say nothing here. */
const { condition } = fc.letrec<{ condition: string; number: string; string: string; any: string; list: string }>(
  (tie) => ({
    number: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(
        '0',
        '1',
        '2',
        '-1',
        '1.5',
        '9223372036854775807',
        'resource.i',
        'resource.big',
        'resource.j',
        'resource.f',
        'resource.d',
        'request.params.x',
        'request.auth.claims.y',
        'size(resource.s)',
        'size(resource.tags)',
      ),
      fc
        .tuple(tie('number'), fc.constantFrom('+', '-', '*', '/', '%'), tie('number'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(tie('condition'), tie('number'), tie('number')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      tie('number').map((a) => `-(${a})`),
    ),
    string: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(
        '"a"',
        '""',
        '"é"',
        `"${UUID}"`,
        '"2024-02-29"',
        'resource.s',
        'resource.r',
        'resource.v',
        'resource.p',
        'resource.u',
        'resource.day',
        'request.auth.sub',
        'request.env',
        'request.params.x',
      ),
      fc.tuple(tie('string'), tie('string')).map(([a, b]) => `(${a} + ${b})`),
      fc.tuple(tie('condition'), tie('string'), tie('string')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    ),
    any: fc.oneof(
      tie('number'),
      tie('string'),
      tie('condition'),
      fc.constantFrom('null', 'resource.at', 'resource.local', 'request.time', 'timestamp("2024-01-01T00:00:00Z")'),
    ),
    list: fc.constantFrom(
      'request.auth.roles',
      'request.params.list',
      'request.params.x',
      '["a", "", "é"]',
      '[1, 2, 9223372036854775807]',
      '[]',
      `["${UUID}", "2024-02-29"]`,
      'resource.tags',
    ),
    condition: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(
        'resource.b',
        'true',
        'false',
        'request.params.x',
        'has(resource.s)',
        'has(resource.i)',
        'has(request.params.x)',
        'resource.r == "a"',
        'resource.tags == null',
      ),
      fc
        .tuple(tie('any'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('any'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc
        .tuple(tie('number'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('number'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc
        .tuple(tie('string'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('string'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc
        .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      tie('condition').map((a) => `!(${a})`),
      fc
        .tuple(tie('string'), fc.constantFrom('startsWith', 'endsWith', 'contains'), tie('string'))
        .map(([a, f, b]) => `${a}.${f}(${b})`),
      fc.tuple(tie('any'), tie('list')).map(([a, b]) => `(${a} in ${b})`),
      fc
        .tuple(
          tie('list'),
          fc.constantFrom('exists', 'all'),
          fc.constantFrom(
            'e == resource.s',
            'e != resource.i',
            'resource.r.startsWith(e)',
            'e == "a" || resource.b',
            'e in resource.tags',
            'e < resource.v',
          ),
        )
        .map(([a, f, b]) => `${a}.${f}(e, ${b})`),
    ),
  }),
);

const dialect = new PgDialect();

describe('an expression means the same in memory and in PostgreSQL', () => {
  let database: TestDatabase;
  let client: postgres.Sql;
  let rows: (Row & { id: number })[];

  beforeAll(async () => {
    database = await createTestDatabase();
    client = postgres(database.url, {
      max: 1,
      onnotice: () => {},
      connection: { TimeZone: 'UTC', DateStyle: 'ISO' },
      fetch_types: false,
    });
    await client.unsafe(DDL);
    rows = fc.sample(row, { numRuns: 40, seed: 20_240_229 }).map((values, id) => ({ id, ...values }));
    await client`insert into things select * from jsonb_populate_recordset(null::things, ${JSON.stringify(rows)}::text::jsonb)`;
  });
  afterAll(async () => {
    await client?.end();
    await database?.drop();
  });

  async function matching(
    source: string,
    context: RequestContext,
  ): Promise<{ memory: (boolean | 'error')[]; database: (boolean | 'error')[]; text: string }> {
    const expression = compileExpression(source, table);
    const prepared = prepareExpression(expression);
    const { slots } = prepared.bind(context);
    const encoders: ((slots: readonly Outcome[]) => string | null)[] = [];
    const predicate = predicateToSql({
      prepared,
      slots,
      table,
      column: ({ name }) => sql`t.${sql.identifier(name)}`,
      parameter: (encode, type) => sql`${sql.placeholder(String(encoders.push(encode) - 1))}::text::${sql.raw(type)}`,
    });
    const query = dialect.sqlToQuery(sql`select ${predicate} as holds from things as t order by id`);
    const params = query.params.map(
      (placeholder) => encoders[Number((placeholder as { name: string }).name)]?.(slots) ?? null,
    );
    const found = await client.unsafe(query.sql, params, { prepare: false });
    return {
      text: query.sql,
      database: found.map((entry) => entry.holds ?? 'error'),
      memory: rows.map((values) => {
        const outcome = evaluate(expression, { request: context, row: values });
        return outcome.type === 'bool' ? outcome.value : 'error';
      }),
    };
  }

  const expressions = Number(process.env.STK_TEST_EXPRESSIONS ?? 400);

  it(`over random expressions, requests and rows`, async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(condition, request, async (source, context) => {
        let result: Awaited<ReturnType<typeof matching>>;
        try {
          result = await matching(source, context);
        } catch (error) {
          if (error instanceof ExpressionFault) return;
          throw error;
        }
        compared += result.memory.length;
        expect(result.database, result.text).toEqual(result.memory);
      }),
      { numRuns: expressions },
    );
    expect(compared).toBeGreaterThan(expressions * 5);
  }, 3_600_000);

  it.each([
    'resource.i + 1 == null',
    'resource.i / 0 == 1 || true',
    'resource.big * 2 > 0',
    'resource.s != "a"',
    'resource.s == request.auth.sub',
    'resource.u == request.auth.sub',
    'resource.day == request.params.x',
    'request.auth.sub in resource.tags',
    'resource.v < "b"',
    '!(resource.s < resource.v)',
  ])('%s', async (source) => {
    for (const context of fc.sample(request, { numRuns: 20, seed: 7 })) {
      const result = await matching(source, context);
      expect(result.database, result.text).toEqual(result.memory);
    }
  });
});
