import { DEFAULT_LIMITS } from '@santokit/contract';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BridgeClient, Stage, until } from './support/stage.ts';
import { openWithTwoDatabases } from './support/two-databases.ts';

const stage = new Stage();
let bridge: BridgeClient;
let sql: postgres.Sql;

beforeAll(async () => {
  await openWithTwoDatabases(stage);
  sql = postgres(stage.databaseUrl, { max: 1 });
  bridge = await (await stage.bridge()).ready();
});
beforeEach(async () => {
  await sql`delete from posts where id not in ('p1', 'p2')`;
});
afterAll(async () => {
  await sql.end();
  await stage.close();
});

const insert = (title: string, table = 'posts') => ({
  path: `db/${table}/insert`,
  params: { data: { author_id: 'ann', title } },
});
const count = { path: 'db/posts/select', params: { count: 'exact', limit: 1 } };
const titles = async () => (await sql`select title from posts order by title`).map(({ title }) => title);

function batch(body: unknown, headers: Record<string, string> = {}, to = bridge) {
  return post('/batch', body, headers, to);
}

function post(path: string, body: unknown, headers: Record<string, string>, to: BridgeClient) {
  return to.send(path, {
    method: 'POST',
    headers: { 'x-santokit-api-key': stage.admin.key, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** What the database runs now for Bridges. */
async function running(): Promise<number> {
  const [row] = await sql<{ n: number }[]>`
    select count(*)::int as n from pg_stat_activity
    where application_name = 'santokit-bridge' and datname = current_database() and state <> 'idle'`;
  return row?.n ?? -1;
}

describe('a batch', () => {
  it('answers each call in its place, with its own error in the form that it has alone', async () => {
    const answer = await batch({
      calls: [
        { path: 'db/posts/select', params: { select: ['id'], where: { id: 'p1' } } },
        { path: 'db/nothing/select', params: {} },
        { path: 'db/posts/select', params: { where: { titel: 'x' } } },
        { path: 'db/notes/delete', params: { where: { id: 'n1' } } },
        { ...count, params: { ...count.params, select: ['id'] } },
        insert('Third'),
      ],
    });
    const requestId = answer.headers.get('x-request-id');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      results: [
        { data: [{ id: 'p1' }] },
        { error: { code: 'NOT_FOUND', message: expect.any(String), requestId } },
        {
          error: {
            code: 'BAD_REQUEST',
            message: expect.stringContaining('titel'),
            requestId,
            details: { column: 'titel' },
          },
        },
        { error: { code: 'FORBIDDEN', message: expect.any(String), requestId } },
        { data: [{ id: expect.any(String) }], meta: { count: expect.any(Number), nextCursor: expect.any(String) } },
        { data: expect.objectContaining({ title: 'Third' }) },
      ],
    });
    expect(await titles()).toContain('Third');
  });

  it('may leave out params, and may be of tables in several databases', async () => {
    const { body } = await batch({ calls: [{ path: 'db/posts/select' }, insert('Note', 'notes')] });
    expect(body.results[0].data).toHaveLength(2);
    expect(body.results[1].data.title).toBe('Note');
  });

  it.each<[string, unknown, number | undefined]>([
    ['no calls', { calls: [] }, undefined],
    ['calls that are no list', { calls: {} }, undefined],
    ['nothing', {}, undefined],
    ['a list', [], undefined],
    ['null', null, undefined],
    ['more members', { calls: [count], atomic: true }, undefined],
    ['a transaction that is no boolean', { calls: [count], transaction: 'yes' }, undefined],
    ['51 calls', { calls: Array(51).fill(count) }, undefined],
    ['a call that is no object', { calls: [count, 'db/posts/select'] }, 1],
    ['a call that is null', { calls: [null] }, 0],
    ['a call without a path', { calls: [count, count, { params: {} }] }, 2],
    ['a call with more members', { calls: [{ ...count, method: 'GET' }] }, 0],
  ])('of %s is refused as a whole', async (_, body, call) => {
    const answer = await batch(body);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'BAD_REQUEST' } } });
    expect(answer.body.error.details?.call).toBe(call);
    if (call !== undefined) expect(answer.body.error.message).toContain(`calls[${call}]`);
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('is not made with %s', async (method) => {
    const answer = await bridge.send('/batch', { method, headers: { 'x-santokit-api-key': stage.admin.key } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it('needs a credential and JSON, as a call does', async () => {
    expect((await batch({ calls: [count] }, { 'x-santokit-api-key': 'stk_key_x_y' })).status).toBe(401);
    expect((await batch({ calls: [count] }, { 'content-type': 'text/plain' })).status).toBe(415);
  });

  it('of as many calls as there may be is answered by a pool of one connection', async () => {
    const narrow = await (await stage.bridge({ poolMax: 1 })).ready();
    for (const transaction of [false, true]) {
      const several = Array.from({ length: 3 }, () => batch({ calls: Array(50).fill(count), transaction }, {}, narrow));
      for (const { status, body } of await Promise.all(several)) {
        expect(status).toBe(200);
        expect(body.results).toHaveLength(50);
      }
    }
  });

  it('asks the rules of each call about its own params', async () => {
    const remove = (title: string) => ({ path: 'db/posts_once/delete', params: { where: { title } } });
    const calls = [remove('Mine'), remove('Yours'), remove('Mine')];
    const { body } = await batch({ calls });
    expect(body.results.map((result: { error?: { code: string } }) => result.error?.code)).toEqual([
      undefined,
      'FORBIDDEN',
      undefined,
    ]);
    const together = await batch({ calls, transaction: true });
    expect(together).toMatchObject({ status: 403, body: { error: { details: { call: 1 } } } });
  });

  it.each([false, true])('with answers larger than one may be is refused (transaction: %s)', async (transaction) => {
    const small = await (await stage.bridge({ limits: { ...DEFAULT_LIMITS, answerBytes: 2_000 } })).ready();
    const long = { path: 'db/posts/select', params: { where: { title: { $ne: 'x'.repeat(100) } } } };
    expect((await batch({ calls: [long, long] }, {}, small)).status).toBe(200);
    const answer = await batch({ calls: [insert('Too much'), ...Array(40).fill(long)], transaction }, {}, small);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'RESULT_TOO_LARGE' } } });
    expect((await titles()).includes('Too much')).toBe(!transaction);
  });

  it('is logged and counted once as a request, its calls by themselves', async () => {
    const calls = [count, count, { path: 'db/notes/delete', params: { where: { id: 's3cret' } } }, { path: 'made-up' }];
    await batch({ calls }, { 'x-request-id': 'batch-1' });
    await until(() => stage.log.some((line) => line.includes('batch-1')));
    const lines = stage.log.filter((line) => line.includes('batch-1')).map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ path: 'batch', status: 200, calls: 4, failed: 2, authType: 'api_key' }]);
    const { body: metrics } = await bridge.send('/metrics');
    expect(metrics).toMatch(/stk_bridge_requests_total\{path="batch",status="200"\} \d+/);
    expect(metrics).toMatch(/permission_denials_total\{[^}]*path="db\/notes\/delete"\} \d+/);
    expect(metrics).not.toContain('made-up');
  });
});

describe('a transaction', () => {
  it('commits all calls together, each seeing what those before it wrote', async () => {
    const { status, body } = await batch({
      transaction: true,
      calls: [
        insert('One'),
        { path: 'db/posts/update', params: { where: { title: 'One' }, data: { title: 'Uno' } } },
        { path: 'db/posts/select', params: { select: ['title'], where: { title: { $in: ['One', 'Uno'] } } } },
        count,
      ],
    });
    expect(status).toBe(200);
    expect(body.results[1]).toEqual({ data: { affected: 1 } });
    expect(body.results[2]).toMatchObject({ data: [{ title: 'Uno' }] });
    expect(body.results[3].meta.count).toBe(3);
    expect(await titles()).toContain('Uno');
  });

  it.each<[string, unknown, string, number]>([
    ['is of no table', { path: 'db/nothing/insert', params: {} }, '404 NOT_FOUND', 2],
    ['is malformed', { path: 'db/posts/insert', params: { data: {} } }, '400 BAD_REQUEST', 2],
    ['is not allowed', { path: 'db/posts/delete', params: { where: { id: 'p1' } } }, '403 FORBIDDEN', 2],
    ['is refused by the database', insert('Once', 'posts_once'), '409 CONFLICT', 2],
    [
      'has a value of the wrong type',
      { ...insert('x'), params: { data: { author_id: 'a', title: null } } },
      '400 BAD_REQUEST',
      2,
    ],
    ['is in another database', insert('Other', 'notes'), '400 BAD_REQUEST', 2],
    ['breaks what is checked at the end', insert('First'), '409 CONFLICT', 2],
  ])('is rolled back when a call %s, and answers its error', async (_, call, answer, index) => {
    const { status, body } = await batch({
      transaction: true,
      calls: [insert('A'), insert('Once', 'posts_once'), call],
    });
    expect(`${status} ${body.error.code}`).toBe(answer);
    expect(body.error.details.call).toBe(index);
    expect(body.error.requestId).toBeTypeOf('string');
    expect(await titles()).toEqual(['First', 'Second']);
  });
});

describe('what takes too long is cancelled in the database', () => {
  const timedOut = { error: { code: 'QUERY_TIMEOUT' } };
  const slow = insert('slow', 'slow_posts');

  it.each<[string, string, unknown, number, unknown]>([
    ['a call', '/call', slow, 504, timedOut],
    ['a call of a batch', '/batch', { calls: [count, slow] }, 200, { results: [{ meta: {} }, timedOut] }],
    [
      'a transaction, which is rolled back',
      '/batch',
      { transaction: true, calls: [insert('Kept?'), slow] },
      504,
      { error: { ...timedOut.error, details: { call: 1 } } },
    ],
  ])('%s', async (_, path, body, status, answered) => {
    const hasty = await (await stage.bridge({ limits: { ...DEFAULT_LIMITS, queryTimeoutMs: 200 } })).ready();
    const answer = await post(path, body, {}, hasty);
    expect(answer).toMatchObject({ status, body: answered });
    // Left alone it would run on, and insert.
    expect(await running()).toBe(0);
    expect(await titles()).toEqual(['First', 'Second']);
    expect(await sql`select from slow_posts`).toEqual([]);
  });
});

describe('when the caller goes away', () => {
  async function leaveDuring(path: string, body: unknown): Promise<void> {
    const leave = new AbortController();
    const left = fetch(bridge.url + path, {
      method: 'POST',
      headers: { 'x-santokit-api-key': stage.admin.key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: leave.signal,
    });
    const outcome = expect(left).rejects.toThrow();
    await until(async () => (await running()) > 0, 'a statement runs');
    leave.abort();
    await outcome;
    await until(async () => (await running()) === 0, 'no statement runs');
  }
  const slowPosts = async () => await sql`select title from slow_posts where title like 'left%'`;

  it.each<[string, string, unknown]>([
    ['a call is cancelled in the database', '/call', insert('left alone', 'slow_posts')],
    ['the calls of a batch are', '/batch', { calls: Array.from({ length: 20 }, () => insert('left', 'slow_posts')) }],
    [
      'a transaction is rolled back',
      '/batch',
      { calls: [insert('left before'), insert('left', 'slow_posts')], transaction: true },
    ],
  ])('%s', async (_, path, body) => {
    await leaveDuring(path, body);
    expect(await slowPosts()).toEqual([]);
    expect(await titles()).toEqual(['First', 'Second']);
    expect((await bridge.call('db/posts/select')).status).toBe(200);
  });
});
