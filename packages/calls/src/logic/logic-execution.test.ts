import { setTimeout as sleep } from 'node:timers/promises';
import type { Json, Limits } from '@santokit/contract';
import { SchemaMismatch } from '@santokit/engine';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LogicBench, openLogicBench } from './testing/served-logic.ts';

let bench: LogicBench;
beforeAll(async () => {
  bench = await openLogicBench(
    `
    create table items (id text primary key, stock int not null check (stock >= 0), name text unique);
    create function shout(text) returns text language plpgsql as $$ begin raise exception 'No % here', $1; end $$;
    create function secret() returns text language plpgsql as $$ begin raise exception 'hush' using errcode = 'P0004'; end $$;
    create function sneak() returns int language sql volatile as $$ insert into items values ('sneaked', 1) returning 1 $$;
  `,
  );
});
afterAll(() => bench.close());
beforeEach(async () => {
  await bench.database.sql.unsafe(`truncate items; insert into items values ('i1', 10, 'one'), ('i2', 0, 'two')`);
});

const OPEN = '---\nroles: [public]\n---\n';

async function run(sql: string, params: Json = {}, limits: Partial<Limits> = {}): Promise<Json> {
  const content = sql.startsWith('---') ? sql : OPEN + sql;
  return await bench.run(bench.serve({ 'logics/f.sql': content }, limits), 'logics/f', params);
}
/** The error that it must end with. */
async function refusal(sql: string, limits: Partial<Limits> = {}) {
  return await run(sql, {}, limits).then(
    (data) => ({ code: 'answered', message: JSON.stringify(data), cause: undefined, details: undefined }),
    (thrown) => thrown as { code: string; message: string; cause?: Error; details?: object },
  );
}
const ids = async () => (await bench.database.query('select id from items order by id', [])).rows.map(([id]) => id);

describe('a file of SQL logic', () => {
  it('answers with the affected count of all its statements where none returns rows', async () => {
    expect(await run(`update items set stock = 5; delete from items where id = 'i2'`)).toEqual({ affected: 3 });
    expect(await run('select id from items where false')).toEqual([]);
    expect(await run(`select 1 as a; select 2 as b; delete from items where false`)).toEqual([{ b: 2 }]);
  });

  it('is undone in whole when a statement fails', async () => {
    expect(await refusal(`insert into items values ('i3', 1); update items set stock = -1`)).toMatchObject({
      code: 'BAD_REQUEST',
    });
    expect(await ids()).toEqual(['i1', 'i2']);
  });

  it('keeps to the bounds of transactions that it writes', async () => {
    const sql = `begin; insert into items values ('i3', 1); commit;
      begin; insert into items values ('i4', 1); rollback;
      insert into items values ('i5', 1); update items set stock = -1`;
    expect(await refusal(sql)).toMatchObject({ code: 'BAD_REQUEST' });
    expect(await ids()).toEqual(['i1', 'i2', 'i3']);
    await run(`insert into items values ('i6', 1); savepoint a; delete from items; rollback to a`);
    expect(await ids()).toEqual(['i1', 'i2', 'i3', 'i6']);
  });

  it('without a transaction commits each statement', async () => {
    const sql = '---\nroles: [public]\ntransaction: none\n---\n';
    expect(await refusal(`${sql}insert into items values ('i3', 1); update items set stock = -1`)).toMatchObject({
      code: 'BAD_REQUEST',
    });
    expect(await ids()).toEqual(['i1', 'i2', 'i3']);
    expect(await run(`${sql}vacuum items`)).toEqual({ affected: 0 });
  });

  it.each(['read_committed', 'repeatable_read', 'serializable'])('runs %s where it asks for it', async (isolation) => {
    const sql = `---\nroles: [public]\ntransaction: ${isolation}\n---\nselect current_setting('transaction_isolation') as i, 1 as n`;
    expect(await run(sql)).toEqual([{ i: isolation.replace('_', ' '), n: 1 }]);
  });

  it('that only reads cannot write, whatever it calls', async () => {
    expect(await run(`select current_setting('transaction_read_only') as r`)).toEqual([{ r: 'on' }]);
    expect(await run(`select current_setting('transaction_read_only') as r; delete from items where false`)).toEqual([
      { r: 'off' },
    ]);
    expect(await refusal('select sneak()')).toMatchObject({ code: 'INTERNAL_ERROR' });
    expect(await ids()).toEqual(['i1', 'i2']);
    await run('begin read write; select sneak(); commit');
    expect(await ids()).toEqual(['i1', 'i2', 'sneaked']);
  });
});

describe('what goes wrong in logic', () => {
  it.each([
    [`insert into items values ('i1', 1)`, 'CONFLICT', 'A row with the same unique values exists already'],
    [`insert into items values (null, 1)`, 'BAD_REQUEST', 'A required column has no value'],
    [`select 1 / 0 as n`, 'BAD_REQUEST', 'A value is not acceptable to the database'],
    [`select shout('shouting')`, 'BAD_REQUEST', 'No shouting here'],
    [`select secret()`, 'INTERNAL_ERROR', 'Internal error'],
    [`select * from nothing_like_it`, 'INTERNAL_ERROR', 'Internal error'],
    [`select lower(1, 2)`, 'INTERNAL_ERROR', 'Internal error'],
  ])('%s is told as %s', async (sql, code, message) => {
    expect(await refusal(sql)).toMatchObject({ code, message });
  });

  it('names the constraint of a declared table', async () => {
    const schema = `version: 1
tables:
  items: { id: { generate: client }, columns: { name: { type: string, unique: true }, stock: { type: int } } }`;
    const served = bench.serve({
      'schema/a.yaml': schema,
      'logics/f.sql': `${OPEN}insert into items values ('i1', 1)`,
    });
    await expect(bench.run(served, 'logics/f', {})).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { column: 'id' },
    });
  });

  it('may be done again when the schema has changed, unless some of it is done', async () => {
    expect((await refusal('select * from gone')).cause).toBeInstanceOf(SchemaMismatch);
    const { cause } = await refusal(`begin; insert into items values ('i3', 1); commit; select * from gone`);
    expect(cause).toBeInstanceOf(Error);
    expect(cause).not.toBeInstanceOf(SchemaMismatch);
  });

  it.each([
    'select n from generate_series(1, 200000) as n',
    'select n from pg_catalog.generate_series(1, 200000) as n; select 1',
    `begin; select n from generate_series(1, 200000) as n; commit`,
    `select repeat('x', 1000) as n from generate_series(1, 100) as n`,
    `insert into items (id, stock) select 'x' || n, 1 from generate_series(1, 200) as n returning id`,
  ])('%s is more than may be answered', async (sql) => {
    expect(await refusal(sql, { rows: 100, answerBytes: 20_000 })).toMatchObject({ code: 'RESULT_TOO_LARGE' });
    expect(await ids()).toEqual(['i1', 'i2']);
  });

  it.each([
    ['select pg_sleep(20)', 'alone'],
    ['select 1; select pg_sleep(20)', 'in a transaction'],
    [`update items set stock = 1; select pg_sleep(20)`, 'behind a write'],
  ])('%s (%s) is cancelled when its time is up, and when the caller goes away', async (sql) => {
    const timed = `---\nroles: [public]\ntimeout: 300ms\n---\n${sql}`;
    const startedMs = performance.now();
    expect(await refusal(timed)).toMatchObject({ code: 'QUERY_TIMEOUT' });
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    const caller = new AbortController();
    const served = bench.serve({ 'logics/f.sql': OPEN + sql });
    const running = bench.run(served, 'logics/f', {}, { signal: caller.signal });
    setTimeout(() => caller.abort(), 200);
    await expect(running).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect.poll(sleeping, { timeout: 3_000 }).toBe(0);
  });
});

async function sleeping(): Promise<number> {
  await sleep(10);
  const { rows } = await bench.database.query(
    `select count(*) from pg_stat_activity where query like '%pg_sleep(20)%' and state = 'active' and pid <> pg_backend_pid()`,
    [],
  );
  return Number(rows[0]?.[0]);
}
