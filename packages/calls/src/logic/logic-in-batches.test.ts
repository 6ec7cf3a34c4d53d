import type { Call, Json } from '@santokit/contract';
import type { Transaction } from '@santokit/engine';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callEach, callInTransaction, callTogether, isWrite, transactPlainly } from '../index.ts';
import { ANN, type LogicBench, openLogicBench } from './testing/served-logic.ts';

let bench: LogicBench;
beforeAll(async () => {
  bench = await openLogicBench(`
    create table items (id text primary key, stock int not null check (stock >= 0));
    create function sneak() returns int language sql volatile as $$ insert into items values ('sneaked', 1) returning 1 $$;
  `);
});
afterAll(() => bench.close());
beforeEach(async () => {
  await bench.database.sql.unsafe(`truncate items; insert into items values ('i1', 10)`);
});

const open = (sql: string, more = '') => `---\nroles: [public]\n${more}---\n${sql}`;
const FILES = {
  'schema/a.yaml': 'version: 1\ntables:\n  items: { id: { generate: client }, columns: { stock: { type: int } } }',
  'config/permissions.yaml':
    'version: 1\ntables: { items: { select: { roles: [buyer] }, insert: { roles: [buyer] } } }',
  'logics/take.sql': open(
    'update items set stock = stock - :n where id = :id returning stock',
    'params: { id: { type: string }, n: { type: int } }\n',
  ),
  'logics/strict.sql': open(`select current_setting('transaction_isolation') as i`, 'transaction: serializable\n'),
  'logics/read.sql': open(`select current_setting('transaction_read_only') as r`),
  'logics/sneak.sql': open('select sneak()'),
  'logics/own.sql': open('begin; select 1; commit; select 2'),
  'logics/closed.sql': 'select 1',
};

async function together(...calls: Call[]): Promise<Json> {
  const served = bench.serve(FILES);
  const databases = new Map([['main', bench.database]]);
  const common = { served, databases, principal: ANN, env: 'dev', nowMs: 0, onOutcome: () => {} };
  return JSON.parse(await callTogether({ ...common, calls, transact: transactPlainly })).results;
}
const take = (n: number): Call => ({ path: 'logics/take', params: { id: 'i1', n } });

describe('logic in a batch with a transaction', () => {
  it('sees and undoes what calls of tables do', async () => {
    expect(
      await together({ path: 'db/items/insert', params: { data: { id: 'i2', stock: 1 } } }, take(3), {
        path: 'db/items/select',
        params: { orderBy: { id: 'asc' } },
      }),
    ).toMatchObject([{}, { data: [{ stock: 7 }] }, { data: [{ id: 'i1', stock: 7 }, { id: 'i2' }] }]);
    const failing = together(take(1), take(100));
    await expect(failing).rejects.toMatchObject({ code: 'BAD_REQUEST', details: { call: 1 } });
    expect(await together(take(0))).toEqual([{ data: [{ stock: 7 }] }]);
  });

  it('has the isolation that the strictest of them asks for', async () => {
    expect(await together(take(1), { path: 'logics/strict', params: {} })).toMatchObject([
      {},
      { data: [{ i: 'serializable' }] },
    ]);
  });

  it('that reads cannot write there either, and others can behind it', async () => {
    const read = { path: 'logics/read', params: {} };
    expect(await together(read, take(1), read, take(1))).toEqual([
      { data: [{ r: 'on' }] },
      { data: [{ stock: 9 }] },
      { data: [{ r: 'on' }] },
      { data: [{ stock: 8 }] },
    ]);
    await expect(together(take(1), { path: 'logics/sneak', params: {} })).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      details: { call: 1 },
    });
  });

  it.each([
    ['logics/own', 'BAD_REQUEST'],
    ['logics/closed', 'FORBIDDEN'],
    ['logics/none', 'NOT_FOUND'],
  ])('%s is refused before anything is done', async (path, code) => {
    await expect(together(take(1), { path, params: {} })).rejects.toMatchObject({ code, details: { call: 1 } });
    expect(await together(take(0))).toEqual([{ data: [{ stock: 10 }] }]);
  });
});

it('logic stands alone in a batch without one', async () => {
  const served = bench.serve(FILES);
  const databases = new Map([['main', bench.database]]);
  const common = { served, databases, principal: ANN, env: 'dev', nowMs: 0, onOutcome: () => {}, requestId: 'q' };
  const calls = [take(100), { path: 'logics/own', params: {} }, take(1)];
  const serveAgain = (thrown: unknown) => Promise.reject(thrown);
  const { results } = JSON.parse(await callEach({ ...common, calls, serveAgain }));
  expect(results).toMatchObject([{ error: { code: 'BAD_REQUEST' } }, { data: [{}] }, { data: [{ stock: 9 }] }]);
});

it('logic that writes is done in the transaction that keeps its answer', async () => {
  const served = bench.serve(FILES);
  expect([isWrite(served, 'logics/take'), isWrite(served, 'logics/read')]).toEqual([true, false]);
  const databases = new Map([['main', bench.database]]);
  const common = { served, databases, principal: ANN, env: 'dev', nowMs: 0 };
  const transactions: Transaction[] = [];
  const { body } = await callInTransaction({
    ...common,
    ...take(4),
    transact: ({ database, work, options }) =>
      database.transaction((transaction) => {
        transactions.push(transaction);
        return work(transaction);
      }, options),
  });
  expect([body, transactions.length]).toEqual(['{"data":[{"stock":6}]}', 1]);
});
