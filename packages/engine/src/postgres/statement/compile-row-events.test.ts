import {
  type CompiledRule,
  type CompiledTrigger,
  type EventField,
  type Json,
  MOST_PAYLOAD_BYTES,
  type Table,
} from '@santokit/contract';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { parse } from 'libpg-query';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database.ts';
import type { Plan } from '../../statement/plan.ts';
import { ANYTHING, plannedOn } from '../../statement/testing/shop.ts';
import { connect } from '../connect.ts';
import { postgresOutbox } from '../outbox/outbox.ts';
import { statementRefusal } from './statement-refusal.ts';

const TYPES: Readonly<Record<string, Partial<Table['columns'][string]> & { readonly sql: string }>> = {
  id: { type: 'string', sql: 'text primary key' },
  name: { type: 'string', sql: 'text' },
  n: { type: 'int', sql: 'integer' },
  code: { type: 'string', native: 'character(4)', sql: 'character(4)' },
  big: { type: 'bigint', sql: 'bigint' },
  price: { type: 'decimal', sql: 'numeric(12,2)' },
  rate: { type: 'float', sql: 'double precision' },
  open: { type: 'boolean', sql: 'boolean' },
  data: { type: 'json', sql: 'jsonb' },
  at: { type: 'timestamp', sql: 'timestamptz' },
  day: { type: 'date', sql: 'date' },
  raw: { type: 'bytes', sql: 'bytea' },
  tags: { type: 'array', items: { type: 'string' }, sql: 'jsonb' },
  nums: { type: 'array', items: { type: 'bigint' }, native: 'bigint[]', sql: 'bigint[]' },
};
const NAMES = Object.keys(TYPES);
const COLUMNS = Object.fromEntries(
  Object.entries(TYPES).map(([name, { sql: _, ...spec }]) => [name, { ...spec, name, nullable: name !== 'id' }]),
) as Table['columns'];
const TABLE: Table = {
  name: 'things',
  connection: 'main',
  key: { columns: ['id'], generate: 'client' },
  columns: COLUMNS,
  indexes: [],
  relations: {},
};

const trigger = (on: CompiledTrigger['on'], columns: readonly string[], topic = `thing_${on}`): CompiledTrigger => ({
  on,
  table: 'things',
  topic,
  mapping: Object.fromEntries(columns.map((column) => [`its_${column}`, column])),
});
const TRIGGERS = [
  trigger('insert', NAMES),
  trigger('insert', ['id'], 'seen'),
  trigger('update', ['id', 'n']),
  trigger('delete', ['id', 'name']),
];

const field = (spec: Partial<EventField>): EventField => ({ type: 'string', nullable: true, ...spec });
/** Of columns of these types what a topic may ask, a value that it lets through, and one that it does not. */
const ASKED: readonly [string, Partial<EventField>, Json, Json][] = [
  ['name', { maxLength: 3 }, 'äöü', 'four'],
  ['name', { minLength: 2 }, 'ab', 'a'],
  ['name', { enum: ['a"b', "c'd"] }, "c'd", 'c'],
  ['name', { nullable: false }, '', null],
  ['n', { type: 'int', min: '1', max: '9' }, 9, 10],
  ['n', { type: 'int', enum: [1, 2] }, 2, 3],
  ['big', { type: 'bigint', max: '9007199254740993' }, '9007199254740993', '9007199254740994'],
  ['price', { type: 'decimal', precision: 4, scale: 2, min: '-1' }, '99.50', '100.00'],
  ['rate', { type: 'float', min: '0.5' }, 0.5, 0.25],
  ['at', { type: 'timestamp', min: '2026-01-01T00:00:00Z' }, '2026-01-01T01:00:00+01:00', '2025-12-31T23:59:59Z'],
  ['day', { type: 'date', max: '2026-01-01' }, '2026-01-01', '2026-01-02'],
  ['raw', { type: 'bytes', maxLength: 2 }, 'YWI=', 'YWJj'],
  ['tags', { type: 'array', items: { type: 'string' }, maxLength: 1 }, ['a'], ['a', 'b']],
];
const TOPICS = Object.fromEntries(
  ASKED.map(([column, spec], index) => [`asked_${index}`, { schema: { [`its_${column}`]: field(spec) } }]),
);

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 2 });
  await postgresOutbox.create(database);
  const columns = Object.entries(TYPES).map(([name, { sql }]) => `${name} ${sql}`);
  await database.query(`create table things (${columns.join(', ')})`, []);
});
beforeEach(async () => {
  await database.query('truncate things, santokit.outbox', []);
});
afterAll(async () => {
  await database.close(1_000);
  await test.drop();
});

type Operation = 'insert' | 'update' | 'delete' | 'upsert';

function plan(
  operation: Operation,
  params: Json,
  triggers: readonly CompiledTrigger[] = TRIGGERS,
  rule: CompiledRule = ANYTHING,
) {
  return plannedOn({
    schema: { things: TABLE },
    operation,
    name: 'things',
    params,
    rule,
    triggers: { project: 'shop', triggers: new Map([['things', triggers]]), topics: TOPICS },
  });
}

async function run(operation: Operation, params: Json): Promise<Json> {
  const { plan: planned, params: bound } = plan(operation, params);
  const result = await database.query(planned.text, bound);
  return JSON.parse(planned.answer(result, undefined as unknown as Parameters<Plan['answer']>[1]).data);
}

/** Of one topic in their order; no order of topics is promised. */
async function published() {
  const { rows } = await database.query(
    'select scope, kind, topic, payload, depth from santokit.outbox order by topic desc, seq',
    [],
  );
  return rows.map(([scope, kind, topic, payload, depth]) => [scope, kind, topic, JSON.parse(payload ?? ''), depth]);
}

const ROW = {
  id: 'a',
  name: "it's",
  n: 1,
  code: 'ab  ',
  big: '9007199254740993',
  price: '1.50',
  rate: 0.5,
  open: true,
  data: { a: [1] },
  at: '2026-01-02T03:04:05.5Z',
  day: '2026-01-02',
  raw: Buffer.from('x'.repeat(100)).toString('base64'),
  tags: ['t'],
  nums: ['1', '2'],
};

it('the payload holds values as answers hold them', async () => {
  expect(await run('insert', { data: ROW })).toEqual(ROW);
  const payload = Object.fromEntries(Object.entries(ROW).map(([name, value]) => [`its_${name}`, value]));
  expect(await published()).toEqual([
    ['shop/dev', 'event', 'thing_insert', payload, '0'],
    ['shop/dev', 'event', 'seen', { its_id: 'a' }, '0'],
  ]);
});

it('what is null or has no JSON form is null', async () => {
  await run('insert', { data: { id: 'a' } });
  const all = await published();
  const payload = all.find(([, , topic]) => topic === 'thing_insert')?.[3];
  expect(new Set(Object.values(payload as object))).toEqual(new Set(['a', null]));
  await database.query(`update things set rate = 'NaN', at = 'infinity'`, []);
  await run('update', { all: true, data: { n: 1 } });
});

it('each row of a list has its events, and none has where nothing is written', async () => {
  expect(await run('insert', { data: [{ id: 'a' }, { id: 'b' }], returning: ['id'] })).toEqual([
    { id: 'a' },
    { id: 'b' },
  ]);
  expect((await published()).filter(([, , topic]) => topic === 'seen').map(([, , , payload]) => payload)).toEqual([
    { its_id: 'a' },
    { its_id: 'b' },
  ]);
  await expect(run('insert', { data: [{ id: 'c' }, { id: 'a' }] })).rejects.toThrow();
  expect(await published()).toHaveLength(4);
});

it('rows that are updated or deleted have theirs, and rows that are not reached have none', async () => {
  await run('insert', { data: [{ id: 'a', name: 'old' }, { id: 'b' }] });
  await database.query('truncate santokit.outbox', []);
  expect(await run('update', { where: { id: 'a' }, data: { n: 7 } })).toEqual({ affected: 1 });
  expect(await run('update', { where: { id: 'none' }, data: { n: 7 } })).toEqual({ affected: 0 });
  expect(await run('update', { where: { id: 'a' }, data: { n: 8 }, returning: ['n'] })).toEqual([{ id: 'a', n: 8 }]);
  expect(await run('delete', { where: { id: 'a' } })).toEqual({ affected: 1 });
  expect(await run('delete', { where: { id: 'b' }, returning: ['id'] })).toEqual([{ id: 'b' }]);
  expect((await published()).map(([, , topic, payload]) => [topic, payload])).toEqual([
    ['thing_update', { its_id: 'a', its_n: 7 }],
    ['thing_update', { its_id: 'a', its_n: 8 }],
    ['thing_delete', { its_id: 'a', its_name: 'old' }],
    ['thing_delete', { its_id: 'b', its_name: null }],
  ]);
});

it('a row whose payload is larger than an event may be is not written', async () => {
  const largest = MOST_PAYLOAD_BYTES - '{"its_id": "a", "its_name": ""}'.length;
  const short = [trigger('insert', ['id', 'name'])];
  const insert = async (name: string) => {
    const { plan: planned, params } = plan('insert', { data: { id: 'a', name } }, short);
    await database.query(planned.text, params);
  };
  await expect(insert('x'.repeat(largest + 1))).rejects.toMatchObject({ code: 'STK06' });
  expect((await database.query('select from things', [])).affected).toBe(0);
  expect(await published()).toEqual([]);
  await insert('x'.repeat(largest));
  expect(await published()).toHaveLength(1);
});

it('an upsert publishes of each row what became of it', async () => {
  await run('insert', { data: { id: 'a' } });
  await database.query('truncate santokit.outbox', []);
  const data = [
    { id: 'a', n: 1 },
    { id: 'b', n: 2 },
  ];
  await run('upsert', { data, conflict: ['id'], update: ['n'] });
  expect((await published()).map(([, , topic, payload]) => [topic, (payload as { its_id: string }).its_id])).toEqual(
    expect.arrayContaining([
      ['thing_insert', 'b'],
      ['seen', 'b'],
      ['thing_update', 'a'],
    ]),
  );
  expect(await published()).toHaveLength(3);
});

describe('the statement', () => {
  const calls: readonly (readonly [Operation, Json])[] = [
    ['insert', { data: { id: 'a', n: 1 } }],
    ['insert', { data: [{ id: 'a' }, { id: 'b' }], returning: false }],
    ['upsert', { data: { id: 'a', n: 1 } }],
    ['update', { where: { id: 'a' }, data: { n: 1 } }],
    ['update', { where: { id: 'a' }, data: { n: 1 }, returning: true }],
    ['delete', { where: { id: 'a' } }],
  ];

  it.each(calls)(
    'of %s %j is one, and no value or name of a topic or field stands in it as text',
    async (operation, params) => {
      const { text } = plan(operation, params).plan;
      expect((await parse(text)).stmts).toHaveLength(1);
      expect(text.replaceAll(/'stk_(too_many_rows|answer_size|payload_size)'/g, '')).not.toContain("'");
      expect(text).not.toMatch(/thing_|seen|its_/);
    },
  );

  it.each(calls)('of %s %j is as it was where no trigger is about it', (operation, params) => {
    const none = plannedOn({ schema: { things: TABLE }, operation, name: 'things', params, rule: ANYTHING });
    expect(plan(operation, params, []).plan.text).toBe(none.plan.text);
    expect(none.plan.text).not.toContain('outbox');
  });
});

it.each(ASKED.map((asked, index) => [index, ...asked] as const))(
  'a row whose event breaks its topic is not written (%i: %s %j)',
  async (index, column, _, good, bad) => {
    const triggers = [
      trigger('insert', [column], `asked_${index}`),
      trigger('update', [column], `asked_${index}`),
      trigger('delete', [column], `asked_${index}`),
    ];
    const attempt = async (operation: Operation, params: Json): Promise<unknown> => {
      const { plan: planned, params: bound } = plan(operation, params, triggers);
      return await database.query(planned.text, bound).then(
        ({ affected }) => affected,
        (error) => statementRefusal(error, TABLE, () => true),
      );
    };
    const told = expect.objectContaining({
      code: 'SCHEMA_VALIDATION_FAILED',
      message: expect.stringContaining(`asked_${index}`),
      details: { problems: [expect.objectContaining({ field: `its_${column}` })] },
    });
    expect(await attempt('insert', { data: { id: 'a', [column]: good } })).toBe(1);
    expect(
      await attempt('insert', {
        data: [
          { id: 'b', [column]: good },
          { id: 'c', [column]: bad },
        ],
      }),
    ).toEqual(told);
    expect(await attempt('update', { where: { id: 'a' }, data: { [column]: bad } })).toEqual(told);
    expect((await published()).map(([, , , payload]) => Object.keys(payload as object))).toEqual([[`its_${column}`]]);
    // What the call says nothing of may be hidden from its caller; the cause is for the log.
    const silent = plan('insert', { data: { id: 'd', [column]: bad } }, []);
    await database.query(silent.plan.text, silent.params);
    const untold = await attempt('delete', { where: { id: 'd' } });
    expect(untold).toMatchObject({ code: 'SCHEMA_VALIDATION_FAILED', details: undefined });
    expect(String(untold)).not.toMatch(/its_|asked_/);
    expect(untold).toMatchObject({ cause: { message: expect.stringContaining(`its_${column}`) } });
    expect((await database.query('select id from things order by id', [])).rows).toEqual([['a'], ['d']]);
  },
);

it('the value of a column that an upsert leaves as it is, or that a rule sets, is not told of', async () => {
  const asked = { topic: 'asked_0', field: 'its_name' };
  const triggers = [trigger('insert', ['name'], asked.topic), trigger('update', ['name'], asked.topic)];
  const refusal = async (operation: Operation, params: Json, rule: CompiledRule = ANYTHING) => {
    const { plan: planned, params: bound } = plan(operation, params, triggers, rule);
    return await database.query(planned.text, bound).catch((error) => statementRefusal(error, TABLE, () => true));
  };
  await database.query("insert into things (id, name) values ('a', 'too long')", []);
  const row = { id: 'a', name: 'abc', n: 1 };
  const kept = await refusal('upsert', { data: row, conflict: ['id'], update: ['n'] });
  expect(kept).toMatchObject({ code: 'SCHEMA_VALIDATION_FAILED', details: undefined });
  const sent = await refusal('upsert', { data: { ...row, name: 'four' }, conflict: ['id'], update: ['name'] });
  expect(sent).toMatchObject({ details: { problems: [{ field: asked.field }] } });
  const set = { name: { kind: 'constant', type: 'string', value: 'four' } } as const;
  const ruled = await refusal('insert', { data: { id: 'b', n: 1 } }, { ...ANYTHING, set });
  expect(ruled).toMatchObject({ code: 'SCHEMA_VALIDATION_FAILED', details: undefined });
});
