import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../database.ts';
import { connect } from './connect.ts';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 1, applicationName: 'calls' });
});
afterAll(async () => {
  await database.close(1_000);
  await test.drop();
});

describe('a statement', () => {
  it('that fails behind its first rows leaves nothing of them to the next', async () => {
    const failing = database.query('select 1 / (3 - n) from generate_series(1, 5) as n', []);
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    const { rows, fields } = await database.query('select n from generate_series(1, 2) as n', []);
    expect([rows, fields]).toEqual([[['1'], ['2']], [expect.objectContaining({ name: 'n', type: 23 })]]);
  });

  it.each([
    ['boolean', 'true', 't'],
    ['boolean', 'f', 'f'],
    ['jsonb', '"text"', '"text"'],
    ['json', '{"a": [1.10]}', '{"a": [1.10]}'],
    ['timestamp with time zone', '2024-01-01T00:00:00.123456+02:00', '2023-12-31 22:00:00.123456+00'],
    ['date', '2024-02-29', '2024-02-29'],
    ['bytea', '\\x00ff', '\\x00ff'],
    ['bigint', '9007199254740993', '9007199254740993'],
    ['double precision', '0.1', '0.1'],
    ['integer[]', '{1,NULL,3}', '{1,NULL,3}'],
    ['text', "'; select 1 --", "'; select 1 --"],
  ])('takes and gives %s as text', async (type, sent, given) => {
    const { rows } = await database.query(`select $1::${type}, $2::${type}`, [sent, null]);
    expect(rows).toEqual([[given, null]]);
  });

  it('leaves the parameters of its caller as they were', async () => {
    const params = ['1', null];
    await database.query('select $1::integer, $2::text', params);
    expect(params).toEqual(['1', null]);
  });

  it('counts the rows that it wrote', async () => {
    await database.query('create table counted (n integer)', []);
    expect((await database.query('insert into counted select generate_series(1, $1::integer)', ['5'])).affected).toBe(
      5,
    );
    expect((await database.query('delete from counted where n > $1::integer', ['2'])).affected).toBe(3);
  });

  it('is cancelled in the database when its time is up, and the connection serves on', async () => {
    await expect(database.query('select pg_sleep(20)', [], { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'QUERY_TIMEOUT',
    });
    // The server tells the client of the end a moment before everybody else.
    const left = () => database.sql`
      select query from pg_stat_activity
      where application_name = 'calls' and state = 'active' and query like 'select pg_sleep(20)%'`;
    await expect.poll(left).toEqual([]);
    expect((await database.query('select 1', [])).rows).toEqual([['1']]);
  });

  it('is cancelled when its caller goes away', async () => {
    const caller = new AbortController();
    const gone = setTimeout(50).then(() => caller.abort());
    await expect(database.query('select pg_sleep(20)', [], { signal: caller.signal })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    await gone;
  });

  it('survives the cancelling of its neighbour in the pipeline', async () => {
    const slow = database.query('select pg_sleep(20)', [], { timeoutMs: 80 });
    const neighbours = Array.from({ length: 20 }, (_, n) =>
      database.query('select $1::integer, pg_sleep(0.001)', [String(n)]),
    );
    await expect(slow).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
    expect((await Promise.all(neighbours)).map(({ rows }) => rows[0]?.[0])).toEqual(
      Array.from({ length: 20 }, (_, n) => String(n)),
    );
  });

  it('never gets the rows of a cancelled one that waited before it in the pipeline', async () => {
    const echo = (text: string, signal?: AbortSignal) =>
      database.query('select $1::text', [text], signal === undefined ? {} : { signal });
    await echo('prepares the statement, so that the next ones are sent at once');
    const caller = new AbortController();
    const slow = database.query('select pg_sleep(0.2)', []);
    const cancelled = echo('of the cancelled one', caller.signal).catch(() => undefined);
    const next = ['b', 'c', 'd'].map((text) => echo(text));
    await setTimeout(50);
    caller.abort();
    expect((await Promise.all(next)).map(({ rows }) => rows)).toEqual([[['b']], [['c']], [['d']]]);
    await Promise.all([slow, cancelled]);
  });

  it.each(['before it is sent', 'while its connection is opened'])(
    'whose caller goes away %s keeps no connection',
    async (when) => {
      const fresh = connect({ url: test.url, poolMax: 1 });
      const caller = new AbortController();
      if (when === 'before it is sent') caller.abort();
      const left = fresh.query('select 1', [], { signal: caller.signal });
      const outcome = expect(left).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
      await setTimeout(1);
      caller.abort();
      await outcome;
      expect((await fresh.query('select 2', [], { timeoutMs: 2_000 })).rows).toEqual([['2']]);
      await fresh.close(0);
    },
  );

  it('fails with what the database says about objects, and nothing that it says about values', async () => {
    await expect(database.query('select * from nowhere', [])).rejects.toMatchObject({
      name: 'DatabaseError',
      code: '42P01',
      message: 'relation "nowhere" does not exist',
    });
    await expect(database.query('select $1::integer', ['secret'])).rejects.toMatchObject({
      code: '22P02',
      message: 'SQLSTATE 22P02',
    });
  });
});

describe('a database that cannot be reached', () => {
  it('is unavailable without its address being told', async () => {
    const port = await freePort();
    const gone = connect({ url: `postgres://user:secret@127.0.0.1:${port}/app`, connectTimeoutMs: 1_000 });
    const error = await gone.query('select 1', []).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: 'The database cannot be reached' });
    expect(`${error.stack}${error.cause.stack}`).not.toMatch(new RegExp(`secret|${port}`));
    await gone.close(0);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['takes connections and ends them', (socket) => void socket.end()],
    ['ends them when they say who they are', (socket) => void socket.once('data', () => socket.end())],
    ['resets them', (socket) => void socket.once('data', () => socket.resetAndDestroy())],
  ])('is unavailable, and soon, where whoever listens %s', async (_, meet) => {
    let met = 0;
    const server = createServer((socket) => {
      met++;
      meet(socket.on('error', () => undefined));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const nobody = connect({
      url: `postgres://user:secret@127.0.0.1:${port}/app`,
      poolMax: 1,
      connectTimeoutMs: 1_000,
    });
    const startedMs = performance.now();
    const outcomes = await Promise.allSettled([
      nobody.query('select 1', []),
      nobody.query('select 2', []),
      nobody.transaction((transaction) => transaction.query('select 3', [])),
      nobody.sql`select 4`,
    ]);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    const lost = { status: 'rejected', reason: expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }) };
    expect(outcomes).toEqual([lost, lost, lost, { status: 'rejected', reason: expect.any(Error) }]);
    expect(met).toBeLessThan(9);
    await nobody.close(0);
    server.close();
  });

  it('is unavailable when it refuses the login or does not exist', async () => {
    const url = new URL(test.url);
    url.pathname = '/no_such_database';
    const absent = connect({ url: url.href });
    await expect(absent.ping()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await absent.close(0);
  });

  it('is used again once it is back', async () => {
    const killed = database.query('select pg_sleep(20)', []);
    const outcome = expect(killed).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await setTimeout(100);
    await database.sql`select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_sleep(20)%'`;
    await outcome;
    await expect.poll(() => database.query('select 1', []).catch(() => undefined)).toMatchObject({ rows: [['1']] });
  });

  it('refuses statements after it was closed', async () => {
    const closed = connect({ url: test.url });
    await closed.ping();
    await closed.close(100);
    await expect(closed.query('select 1', [])).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
