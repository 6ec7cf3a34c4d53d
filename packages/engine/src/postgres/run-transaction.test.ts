import { setTimeout } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database, TransactionOptions } from '../database.ts';
import { connect } from './connect.ts';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 2, applicationName: 'calls' });
  await database.query('create table kept (n integer primary key)', []);
  await database.query('create table later (n integer references kept deferrable initially deferred)', []);
});
beforeEach(() => database.query('truncate kept, later', []));
afterAll(async () => {
  await database.close(1_000);
  await test.drop();
});

const INSERT = 'insert into kept values ($1::integer)';
const kept = async () => (await database.query('select n from kept order by n', [])).rows.map(([n]) => Number(n));

/** Connections of the pool that are in a transaction. */
async function transactionsLeft(): Promise<number> {
  const [row] = await database.sql<{ n: number }[]>`
    select count(*)::int as n from pg_stat_activity
    where application_name = 'calls' and datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`;
  return row?.n ?? -1;
}

describe('a transaction', () => {
  it('commits when its work resolves, and gives what it resolved to', async () => {
    const value = await database.transaction(async (transaction) => {
      await transaction.query(INSERT, ['1']);
      expect((await transaction.query('select n from kept', [])).rows).toEqual([['1']]);
      expect(await kept()).toEqual([]);
      return 'done';
    });
    expect(value).toBe('done');
    expect(await kept()).toEqual([1]);
  });

  it('rolls back when its work throws, and throws the same', async () => {
    const thrown = new Error('no');
    const failing = database.transaction(async (transaction) => {
      await transaction.query(INSERT, ['1']);
      throw thrown;
    });
    await expect(failing).rejects.toBe(thrown);
    expect(await kept()).toEqual([]);
    expect(await transactionsLeft()).toBe(0);
  });

  it('runs statements that are sent together one after another, and nothing of them stays when one fails', async () => {
    const insert = (n: number) => ({ text: INSERT, params: [String(n)] });
    await database.transaction((transaction) => transaction.queryAll([1, 2, 3].map(insert)));
    expect(await kept()).toEqual([1, 2, 3]);
    const failing = database.transaction(async (transaction) => {
      await transaction.query(INSERT, ['4']);
      await transaction.queryAll([5, 3, 6].map(insert)).catch(() => undefined);
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(await kept()).toEqual([1, 2, 3]);
    expect(await transactionsLeft()).toBe(0);
  });

  it('ends statements that are sent together when its time is up', async () => {
    const slow = Array.from({ length: 50 }, () => ({ text: 'select pg_sleep(0.1)', params: [] }));
    const failing = database.transaction((transaction) => transaction.queryAll(slow), { timeoutMs: 150 });
    await expect(failing).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
    expect(await transactionsLeft()).toBe(0);
    await database.transaction((transaction) => transaction.query(INSERT, ['1']));
    expect(await kept()).toEqual([1]);
  });

  it('runs its statements in the order in which they were asked for, and waits for those that nobody awaits', async () => {
    await database.transaction(async (transaction) => {
      void transaction.query(`${INSERT} returning pg_sleep(0.05)`, ['1']);
      void transaction.query('update kept set n = n + 1', []);
      void transaction.query(INSERT, ['1']);
    });
    expect(await kept()).toEqual([1, 2]);
  });

  it('that was spoilt by a statement throws why, and not that nothing can be asked any more', async () => {
    const spoilt = database.transaction(async (transaction) => {
      await transaction.query('select 1 / 0', []).catch(() => {});
      await transaction.query('select 1', []);
    });
    await expect(spoilt).rejects.toMatchObject({ code: '22012' });
  });

  it('cannot be committed after a statement failed, though its work has caught the error', async () => {
    const failing = database.transaction(async (transaction) => {
      await transaction.query(INSERT, ['1']);
      await transaction.query(INSERT, ['1']).catch(() => {});
      await transaction.query('select 1', []).catch(() => {});
    });
    await expect(failing).rejects.toMatchObject({ name: 'DatabaseError', code: '23505' });
    expect(await kept()).toEqual([]);
  });

  it('fails with what the database says when it commits', async () => {
    const failing = database.transaction((transaction) => transaction.query('insert into later values (1)', []));
    await expect(failing).rejects.toMatchObject({ name: 'DatabaseError', code: '23503' });
    expect(await transactionsLeft()).toBe(0);
  });

  it.each<[TransactionOptions, string, string]>([
    [{}, 'read committed', 'off'],
    [{ isolation: 'repeatable read', readOnly: true }, 'repeatable read', 'on'],
    [{ isolation: 'serializable' }, 'serializable', 'off'],
  ])('of %j is %s and read only %s', async (options, isolation, readOnly) => {
    const { rows } = await database.transaction(
      (transaction) =>
        transaction.query(
          "select current_setting('transaction_isolation'), current_setting('transaction_read_only')",
          [],
        ),
      options,
    );
    expect(rows).toEqual([[isolation, readOnly]]);
  });

  it('refuses statements that come after its end', async () => {
    let late: Promise<unknown> = Promise.resolve();
    await database.transaction(async (transaction) => {
      setTimeout(50).then(() => {
        late = transaction.query(INSERT, ['1']);
        late.catch(() => {});
      });
    });
    await setTimeout(100);
    await expect(late).rejects.toThrow('over');
    expect(await kept()).toEqual([]);
  });
});

describe('a transaction is rolled back and its statement cancelled in the database', () => {
  const gone = (afterMs: number) => {
    const caller = new AbortController();
    setTimeout(afterMs).then(() => caller.abort());
    return caller.signal;
  };

  it.each<[string, () => TransactionOptions, number | undefined, string]>([
    ['when the statement takes too long', () => ({}), 100, 'QUERY_TIMEOUT'],
    ['when all of it takes too long', () => ({ timeoutMs: 100 }), undefined, 'QUERY_TIMEOUT'],
    ['when its caller goes away', () => ({ signal: gone(100) }), undefined, 'SERVICE_UNAVAILABLE'],
  ])('%s', async (_, options, statementTimeoutMs, code) => {
    const startedMs = performance.now();
    const failing = database.transaction(async (transaction) => {
      await transaction.query(INSERT, ['1']);
      const statement = statementTimeoutMs === undefined ? {} : { timeoutMs: statementTimeoutMs };
      await transaction.query('select pg_sleep(20)', [], statement);
    }, options());
    await expect(failing).rejects.toMatchObject({ code });
    expect(performance.now() - startedMs).toBeLessThan(1_900);
    expect(await transactionsLeft()).toBe(0);
    expect(await kept()).toEqual([]);
  });

  it.each<[string, () => TransactionOptions, string]>([
    ['when all of it takes too long', () => ({ timeoutMs: 100 }), 'QUERY_TIMEOUT'],
    ['when its caller goes away', () => ({ signal: gone(100) }), 'SERVICE_UNAVAILABLE'],
  ])('%s, though its work never ends', async (_, options, code) => {
    const endless = database.transaction(async (transaction) => {
      await transaction.query(INSERT, ['1']);
      await new Promise(() => {});
    }, options());
    await expect(endless).rejects.toMatchObject({ code });
    expect(await transactionsLeft()).toBe(0);
    expect(await kept()).toEqual([]);
  });

  it('when it never got a connection, and takes none later', async () => {
    const single = connect({ url: test.url, poolMax: 1, applicationName: 'calls' });
    const slow = single.query('select pg_sleep(0.4)', []);
    await setTimeout(50);
    const work = () => Promise.reject(new Error('must not run'));
    await Promise.all([
      expect(single.transaction(work, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' }),
      expect(single.transaction(work, { signal: gone(60) })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' }),
      expect(single.transaction(work, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
      }),
    ]);
    await slow;
    expect((await single.query('select 1', [])).rows).toEqual([['1']]);
    await expect.poll(transactionsLeft).toBe(0);
    await single.close(0);
  });
});

describe('a connection', () => {
  it('that is lost between statements ends the transaction, and what its work asks for later reaches nobody else', async () => {
    const single = connect({ url: test.url, poolMax: 1, applicationName: 'calls' });
    let other: Promise<unknown> = Promise.resolve();
    const lost = single.transaction(async (transaction) => {
      const { rows } = await transaction.query('select pg_backend_pid()', []);
      await database.query('select pg_terminate_backend($1::integer)', [rows[0]?.[0] ?? null]);
      await setTimeout(100);
      // The same connection object of the driver, made anew, and in a transaction of somebody else.
      other = single.transaction(async (theirs) => {
        await theirs.query(INSERT, ['1']);
        await setTimeout(300);
        await theirs.query(INSERT, ['2']);
      });
      await setTimeout(200);
      await transaction.query(INSERT, ['3']);
    });
    await expect(lost).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await setTimeout(300);
    await other;
    expect(await kept()).toEqual([1, 2]);
    await single.close(0);
  });

  it('that is lost during a statement is an error, and the pool serves on', async () => {
    const lost = database.transaction(async (transaction) => {
      await transaction.query(INSERT, ['1']);
      await transaction.query("select pg_sleep(20), 'lost'", []);
    });
    const outcome = expect(lost).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await setTimeout(100);
    await database.sql`select pg_terminate_backend(pid) from pg_stat_activity where query like '%''lost''%' and pid <> pg_backend_pid()`;
    await outcome;
    await expect.poll(() => kept().catch(() => undefined)).toEqual([]);
  });

  it('of a transaction that does nothing for too long is ended by the server', async () => {
    const impatient = connect({ url: test.url, poolMax: 1, idleInTransactionTimeoutMs: 100 });
    const idle = impatient.transaction(async (transaction) => {
      await transaction.query(INSERT, ['1']);
      await setTimeout(2_000);
    });
    await expect(idle).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await kept()).toEqual([]);
    await impatient.close(0);
  });

  it('is never leaked, whatever fails', async () => {
    const ways = [
      () => database.transaction(() => Promise.reject(new Error('work'))),
      () =>
        database.transaction(() => {
          throw new Error('work, before it began');
        }),
      () => database.transaction((transaction) => transaction.query('select 1 / 0', [])),
      () => database.transaction((transaction) => transaction.query('not sql at all', [])),
      () => database.transaction((transaction) => transaction.query('select pg_sleep(20)', [], { timeoutMs: 5 })),
      () => database.transaction((transaction) => transaction.query('select pg_sleep(20)', []), { timeoutMs: 5 }),
      () => database.transaction((transaction) => transaction.query('insert into later values (1)', [])),
      () =>
        database.transaction(async (transaction) => {
          void transaction.query('select pg_sleep(20)', []);
          throw new Error('work, with a statement under way');
        }),
    ];
    const failing = Array.from({ length: 200 }, (_, n) => ways[n % ways.length]?.());
    expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(Array(200).fill('rejected'));
    await expect.poll(transactionsLeft).toBe(0);
    const after = Array.from({ length: 20 }, (_, n) =>
      database.transaction((transaction) => transaction.query(INSERT, [String(n)])),
    );
    await Promise.all(after);
    expect(await kept()).toHaveLength(20);
    expect(database.activity().active).toBe(0);
    // Sooner than the server would end what was left idle.
  }, 15_000);

  it('belongs to its transaction alone, however full the pipeline is', async () => {
    const single = connect({ url: test.url, poolMax: 1 });
    await single.query('select $1::integer', ['0']);
    for (let before = 95; before < 103; before++) {
      const statements = Array.from({ length: before }, () => single.query('select $1::integer', ['1']));
      const failing = single
        .transaction(async (transaction) => {
          await transaction.query(INSERT, [String(before)]);
          throw new Error('roll back');
        })
        .catch((error: Error) => error.message);
      const write = single.query(INSERT, [String(before + 1_000)]);
      await Promise.all([...statements, write]);
      expect(await failing).toBe('roll back');
    }
    expect(await kept()).toEqual(Array.from({ length: 8 }, (_, n) => 1_095 + n));
    await single.close(0);
  });
});
