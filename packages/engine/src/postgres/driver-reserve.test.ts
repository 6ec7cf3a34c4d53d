import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

const END_OWN = 'select pg_terminate_backend(pg_backend_pid())';

let test: TestDatabase;
let sql: postgres.Sql;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterEach(() => sql.end({ timeout: 1 }));
afterAll(() => test.drop());

it.each([true, false])(
  'a connection is reserved before any statement was sent (types read: %s)',
  async (fetch_types) => {
    sql = postgres(test.url, { max: 1, fetch_types });
    const reserved = await inTime(sql.reserve());
    expect(await reserved`select 1 as n`).toEqual([{ n: 1 }]);
    const after = sql`select 2 as n`;
    reserved.release();
    expect(await inTime(after)).toEqual([{ n: 2 }]);
  },
);

it('whoever reserves a connection that is lost in its prelude is told, and the next one gets another', async () => {
  sql = postgres(test.url, { max: 1, fetch_types: false, backoff: () => 0.02, prelude: END_OWN });
  await expect(inTime(sql.reserve())).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  sql.options.prelude = undefined;
  const reserved = await inTime(sql.reserve());
  reserved.release();
  expect(await inTime(sql`select 1 as n`)).toEqual([{ n: 1 }]);
});

it('a reserved connection that was lost fails what is asked on it, and is not taken from who has it now', async () => {
  sql = postgres(test.url, { max: 1, backoff: () => 0.02 });
  const reserved = await inTime(sql.reserve());
  await expect(reserved.unsafe(END_OWN)).rejects.toThrow();
  await expect(reserved`select 1`).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  const next = await inTime(sql.reserve());
  reserved.release();
  const waiting = sql`select pg_backend_pid() as pid`.execute();
  const [own] = await next`select pg_backend_pid() as pid, pg_sleep(0.05)`;
  expect(await Promise.race([waiting, sleep(50, 'waits')])).toBe('waits');
  next.release();
  expect((await inTime(waiting))[0]?.pid).toBe(own?.pid);
});

it('a pool ends once what it had reserved is released, and reserves nothing then', async () => {
  sql = postgres(test.url, { max: 1 });
  const reserved = await inTime(sql.reserve());
  const ended = sql.end();
  await sleep(1);
  await expect(inTime(sql.reserve())).rejects.toMatchObject({ code: 'CONNECTION_ENDED' });
  expect(await reserved`select 1 as n`).toEqual([{ n: 1 }]);
  reserved.release();
  await inTime(ended);
});

async function inTime<T>(promise: PromiseLike<T>): Promise<T> {
  return await Promise.race([
    promise,
    sleep(2_000, undefined, { ref: false }).then(() => Promise.reject(new Error('nothing came'))),
  ]);
}
