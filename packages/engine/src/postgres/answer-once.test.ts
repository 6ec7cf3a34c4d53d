import { setTimeout } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OnceRequest } from '../answer-once.ts';
import type { Database, Transaction } from '../database.ts';
import { answerOnce } from './answer-once.ts';
import { connect } from './connect.ts';
import { findDrift } from './schema/find-drift.ts';
import { introspect } from './schema/introspect.ts';
import { planSchema } from './schema/plan-schema.ts';
import { pullTables } from './schema/pull-tables.ts';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 4 });
  await database.query('create table written (n serial primary key, what text not null unique)', []);
});
beforeEach(async () => {
  await database.query('truncate written restart identity', []);
  await database.query('drop schema if exists santokit cascade', []);
});
afterAll(async () => {
  await database.close(1_000);
  await test.drop();
});

let answers = 0;
/** Writes a row and answers something else each time. */
async function write(transaction: Transaction): Promise<string> {
  await transaction.query('insert into written (what) values ($1::text)', [`row ${++answers}`]);
  return `{"answer":${answers}}`;
}

function once(change: Partial<OnceRequest> = {}) {
  return answerOnce({ database, caller: 'ann', key: 'k', requestHash: 'h', work: write, options: {}, ...change });
}

const count = async (table: string) => Number((await database.query(`select count(*) from ${table}`, [])).rows[0]?.[0]);

describe('a write with a key', () => {
  it('is done once, and answered the same each time', async () => {
    const first = await once();
    expect(first).toMatchObject({ kind: 'answered', isReplay: false });
    expect(await once()).toEqual({ ...first, isReplay: true });
    expect(await once()).toEqual({ ...first, isReplay: true });
    expect(await count('written')).toBe(1);
  });

  it('is refused when it asks for something else', async () => {
    await once();
    expect(await once({ requestHash: 'other' })).toEqual({ kind: 'other_request' });
    expect(await count('written')).toBe(1);
  });

  it.each<[string, Partial<OnceRequest>]>([
    ['another caller', { caller: 'ben' }],
    ['another key', { key: 'K' }],
  ])('is done again for %s', async (_, change) => {
    await once();
    expect(await once(change)).toMatchObject({ isReplay: false });
    expect(await count('written')).toBe(2);
  });

  it('that failed leaves nothing, and is done when it is asked for again', async () => {
    const failing = async (transaction: Transaction) => {
      await write(transaction);
      throw new Error('no');
    };
    await expect(once({ work: failing })).rejects.toThrow('no');
    expect(await count('written')).toBe(0);
    expect(await once()).toMatchObject({ isReplay: false });
  });

  it('is known to be running while it is, and is answered once it has ended', async () => {
    await once({ key: 'makes the table' });
    const slow = once({
      work: async (transaction) => {
        await setTimeout(300);
        return await write(transaction);
      },
    });
    await setTimeout(100);
    expect(await once()).toEqual({ kind: 'running' });
    expect(await once({ caller: 'ben' })).toMatchObject({ isReplay: false });
    const answer = await slow;
    expect(await once()).toEqual({ ...answer, isReplay: true });
  });

  it('asked for many times at once is done once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => once()));
    expect(await count('written')).toBe(1);
    const done = outcomes.filter((outcome) => outcome.kind === 'answered' && !outcome.isReplay);
    expect(done).toHaveLength(1);
  });

  it('is done again after 24 hours, and answers that are older go a few at a time', async () => {
    await once();
    await database.query(
      "insert into santokit.idempotency_keys select 'old', n::text, '', '', 200 from generate_series(1, 15) n",
      [],
    );
    await database.query(
      "update santokit.idempotency_keys set created_at = now() - interval '23 hours 59 minutes'",
      [],
    );
    expect(await once()).toMatchObject({ isReplay: true });
    await database.query("update santokit.idempotency_keys set created_at = now() - interval '24 hours 1 second'", []);
    expect(await once({ requestHash: 'other' })).toMatchObject({ isReplay: false });
    expect(await count('santokit.idempotency_keys')).toBe(6);
    await once({ key: 'another' });
    expect(await count('santokit.idempotency_keys')).toBe(2);
  });
});

describe('the table of kept answers', () => {
  it('is made once, whoever finds it missing at the same time', async () => {
    const bridges = Array.from({ length: 3 }, () => connect({ url: test.url, poolMax: 2 }));
    const writes = bridges.flatMap((bridge, n) =>
      ['a', 'b', 'c', 'd'].map((key) => once({ key: `${n}${key}`, database: bridge })),
    );
    expect(await Promise.all(writes)).toEqual(
      Array(12).fill(expect.objectContaining({ kind: 'answered', isReplay: false })),
    );
    await Promise.all(bridges.map((bridge) => bridge.close(1_000)));
  });

  it('is no part of what is pulled and planned', async () => {
    await database.query("insert into written (what) values ('so that the table has a page')", []);
    const before = await introspect(database.sql);
    await once();
    const live = await introspect(database.sql);
    expect([before.ownSchema, live.ownSchema]).toEqual(['to_make', 'there']);
    expect({ ...live, ownSchema: before.ownSchema }).toEqual(before);
    const { tables } = pullTables(live, { connection: 'main' });
    expect(tables.map(({ name }) => name)).toEqual(['written']);
    expect(planSchema({ declared: tables, live, connection: 'main' }).steps).toEqual([]);
    expect(findDrift({ declared: tables, live, connection: 'main' })).toEqual([]);
  });

  it('that the role may not make is an error that says so, and the write is not done', async () => {
    const role = `r${Date.now()}`;
    await database.query(`create role ${role} login password 'p'`, []);
    await database.query(`grant all on written, written_n_seq to ${role}`, []);
    const url = new URL(test.url);
    url.username = role;
    url.password = 'p';
    const limited = connect({ url: url.href });
    await expect(once({ database: limited })).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
      message: 'The role of the Bridge may not keep idempotency keys in this database',
    });
    expect(await count('written')).toBe(0);
    await database.query(`create schema santokit authorization ${role}`, []);
    expect(await once({ database: limited })).toMatchObject({ isReplay: false });
    await limited.close(1_000);
    await database.query(`drop owned by ${role}`, []);
    await database.query(`drop role ${role}`, []);
  });
});
