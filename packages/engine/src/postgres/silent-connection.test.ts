import { createTestDatabase, FrailProxy, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from './connect.ts';

const CONNECTIONS = 4;
const LIMIT_MS = 500;

let test: TestDatabase;
let proxy: FrailProxy;
beforeAll(async () => {
  test = await createTestDatabase();
  proxy = await FrailProxy.start(test.url);
});
afterAll(async () => {
  await proxy.close();
  await test.drop();
});

it('connections that have gone silent are given up with the first statements on them, and not used again', async () => {
  const database = connect({ url: proxy.url, poolMax: CONNECTIONS, statementTimeoutMs: LIMIT_MS });
  const outcomes = (text: string) =>
    Promise.all(
      Array.from({ length: 2 * CONNECTIONS }, () =>
        database.query(text, []).then(
          () => 'answered',
          ({ code }: { code: string }) => code,
        ),
      ),
    );
  expect(new Set(await outcomes('select pg_sleep(0.05)'))).toEqual(new Set(['answered']));
  proxy.silenceAll();
  const lost = new Set(await outcomes('select 1'));
  expect([...lost].filter((code) => code !== 'QUERY_TIMEOUT' && code !== 'SERVICE_UNAVAILABLE')).toEqual([]);
  // In the moment until the driver has noticed, one more may be lost.
  await expect.poll(async () => new Set(await outcomes('select 1')), { timeout: 2_000 }).toEqual(new Set(['answered']));
  await database.close(1_000);
});

it('a transaction does not wait for a request to cancel that has gone as silent as the connection before its own', async () => {
  const database = connect({ url: proxy.url, poolMax: 1, statementTimeoutMs: LIMIT_MS });
  await database.query('select 1', []);
  proxy.silenceAll();
  proxy.silenceNext();
  await expect(database.query('select 1', [])).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
  const begun = () =>
    database.transaction((transaction) => transaction.query('select 1', [])).then(() => 'answered', String);
  await expect.poll(begun, { timeout: 1_000 }).toBe('answered');
  await database.close(1_000);
});
