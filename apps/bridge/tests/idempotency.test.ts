import { newApiKey } from '@santokit/crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type BridgeClient, Stage } from './support/stage.ts';
import { openWithTwoDatabases, releaseOfTwoDatabases } from './support/two-databases.ts';

const stage = new Stage();
const second = newApiKey();
let bridge: BridgeClient;
let sql: postgres.Sql;

beforeAll(async () => {
  await openWithTwoDatabases(stage);
  const env = stage.env();
  const { apiKeys } = env.keys;
  env.keys = {
    ...env.keys,
    apiKeys: [...apiKeys, { keyId: second.keyId, secretHash: second.secretHash, roles: ['admin'], expiresAt: null }],
  };
  sql = postgres(stage.databaseUrl, { max: 1, onnotice: () => undefined });
  stage.hub.envs.set('shop/prod', stage.newEnv());
  stage.env('shop/prod').keys = { ...env.keys, apiKeys: [] };
  stage.apply(releaseOfTwoDatabases(), {}, 'shop', 'prod');
  const targets = ['dev', 'prod'].map((name) => ({ project: 'shop', env: name }));
  bridge = await (await stage.bridge({ targets })).ready();
});
beforeEach(async () => {
  await sql`delete from posts where id not in ('p1', 'p2')`;
  await sql`truncate slow_posts, posts_once`;
  await sql`drop schema if exists santokit cascade`;
});
afterAll(async () => {
  await sql.end();
  await stage.close();
});

const insert = (title: string) => ({ data: { author_id: 'ann', title } });
const admin = () => ({ 'x-santokit-api-key': stage.admin.key });
const written = async () => (await sql`select title from posts where id not in ('p1', 'p2')`).length;

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly replayed: string | null;
  readonly retryAfter: string | null;
}

async function post(
  path: string,
  body: string,
  key: string | undefined,
  credential: Record<string, string> = admin(),
): Promise<Answered> {
  const headers = {
    'content-type': 'application/json',
    ...credential,
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  };
  const response = await fetch(bridge.url + path, { method: 'POST', headers, body });
  return {
    status: response.status,
    text: await response.text(),
    replayed: response.headers.get('idempotent-replayed'),
    retryAfter: response.headers.get('retry-after'),
  };
}

const write = (title: string, key: string, credential?: Record<string, string>) =>
  post('/call/db/posts/insert', JSON.stringify(insert(title)), key, credential);

describe('a write with an idempotency key', () => {
  it('is done once, and answered the same byte for byte', async () => {
    const first = await write('One', 'k1');
    expect(first).toMatchObject({ status: 200, replayed: null });
    expect(await write('One', 'k1')).toEqual({ ...first, replayed: 'true' });
    expect(await write('One', 'k1')).toEqual({ ...first, replayed: 'true' });
    expect(await written()).toBe(1);
  });

  it.each<[string, string, string]>([
    ['in another order', '/call/db/posts/insert', '{"data": {"title":"One", "author_id":"ann"}}'],
    ['in an envelope', '/call', '{"params":{"data":{"author_id":"ann","title":"One"}},"path":"db/posts/insert"}'],
    ['with the path in percents', '/call/db/p%6Fsts/insert', '{"data":{"author_id":"ann","title":"One"}}'],
  ])('is the same %s', async (_, path, body) => {
    await write('One', 'k1');
    expect(await post(path, body, 'k1')).toMatchObject({ status: 200, replayed: 'true' });
    expect(await written()).toBe(1);
  });

  it.each<[string, string, unknown]>([
    ['another body', '/call/db/posts/insert', insert('Two')],
    ['another path', '/call/db/posts_once/insert', insert('One')],
    ['a batch', '/batch', { transaction: true, calls: [{ path: 'db/posts/insert', params: insert('One') }] }],
  ])('does not stand for %s', async (_, path, body) => {
    await write('One', 'k1');
    const other = await post(path, JSON.stringify(body), 'k1');
    expect(other).toMatchObject({ status: 409, replayed: null, retryAfter: null });
    expect(JSON.parse(other.text)).toMatchObject({ error: { code: 'CONFLICT' } });
    expect(await written()).toBe(1);
  });

  it('that comes again while it runs is told to come later', async () => {
    const body = JSON.stringify(insert('Slow'));
    const slow = post('/call/db/slow_posts/insert', body, 'k1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const early = await post('/call/db/slow_posts/insert', body, 'k1');
    expect(early).toMatchObject({ status: 409, retryAfter: '1', replayed: null });
    expect(JSON.parse(early.text)).toMatchObject({ error: { code: 'CONFLICT' } });
    expect(await post('/call/db/slow_posts/insert', body, 'k1')).toMatchObject({ status: 409 });
    expect(await slow).toMatchObject({ status: 200, replayed: null });
    expect(await post('/call/db/slow_posts/insert', body, 'k1')).toEqual({ ...(await slow), replayed: 'true' });
    expect(await sql`select 1 from slow_posts`).toHaveLength(1);
  });

  it('that failed is done again', async () => {
    const once = () => post('/call/db/posts_once/insert', JSON.stringify(insert('Taken')), 'k1');
    await sql`insert into posts_once values ('x', 'ben', 'Taken')`;
    expect(await once()).toMatchObject({ status: 409, retryAfter: null });
    await sql`delete from posts_once`;
    expect(await once()).toMatchObject({ status: 200, replayed: null });
    expect(await once()).toMatchObject({ status: 200, replayed: 'true' });
  });

  it('that a constraint refuses at the commit is answered as any other, and not kept', async () => {
    const first = await write('First', 'k1');
    expect(first).toMatchObject({ status: 409, retryAfter: null });
    expect(JSON.parse(first.text)).toMatchObject({ error: { code: 'CONFLICT' } });
    expect(await sql`select from santokit.idempotency_keys`).toHaveLength(0);
  });

  it('is nobody else’s: each end user, API key and env has keys of its own', async () => {
    const ann = { authorization: `Bearer ${await stage.token()}` };
    const annElsewhere = { authorization: `Bearer ${await stage.token({ env: 'prod' })}` };
    const ben = { authorization: `Bearer ${await stage.token({ sub: 'ben' })}` };
    const callers = [admin(), { 'x-santokit-api-key': second.key }, ann, annElsewhere, ben];
    const ids = new Set<string>();
    for (const caller of callers) {
      const answer = await write(`By ${ids.size}`, 'k1', caller);
      expect(answer).toMatchObject({ status: 200, replayed: null });
      ids.add(JSON.parse(answer.text).data.id);
    }
    expect(ids.size).toBe(5);
    expect(
      await write('By 2', 'k1', { authorization: `Bearer ${await stage.token({ jti: 'another' })}` }),
    ).toMatchObject({
      replayed: 'true',
    });
  });

  it('is not answered again to a caller who may not make the call any more', async () => {
    await write('One', 'k1');
    stage.apply(shopRelease({ posts: { select: [{ roles: ['admin'] }] } }));
    await expect.poll(() => write('One', 'k1')).toMatchObject({ status: 403, replayed: null });
    stage.apply(releaseOfTwoDatabases());
    await expect.poll(() => write('One', 'k1')).toMatchObject({ status: 200, replayed: 'true' });
  });

  it.each([
    ['updates', { where: { id: 'p1' }, data: { author_id: 'ann' } }],
    ['deletes', { where: { title: 'Gone' } }],
  ])('may be one that %s', async (what, params) => {
    const path = what === 'updates' ? '/call/db/posts/update' : '/call/db/slow_posts/delete';
    expect(await post(path, JSON.stringify(params), 'k1')).toMatchObject({ status: 200, replayed: null });
    expect(await post(path, JSON.stringify(params), 'k1')).toMatchObject({ status: 200, replayed: 'true' });
  });

  it.each<[string, string]>([
    ['empty', ''],
    ['of 256 characters', 'x'.repeat(256)],
    ['with a tab', 'a\tb'],
    ['that is not ASCII', 'clé'],
  ])('%s is refused', async (_, key) => {
    const answer = await write('One', key);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Idempotency-Key must be');
    expect(await written()).toBe(0);
  });

  it.each(['x', 'x'.repeat(255), ' spaces within ', '"8e03978e-40d5"', "'; drop table posts; --"])(
    'may be %s',
    async (key) => {
      expect(await write('One', key)).toMatchObject({ status: 200, replayed: null });
      expect(await write('One', key)).toMatchObject({ status: 200, replayed: 'true' });
    },
  );

  it.each([
    ['half a surrogate pair', '{"data":{"author_id":"ann","title":"\\ud800"}}'],
    ['endless nesting', `{"data":${'['.repeat(40_000)}${']'.repeat(40_000)}}`],
  ])('with %s is refused', async (_, body) => {
    expect(await post('/call/db/posts/insert', body, 'k1')).toMatchObject({ status: 400 });
  });
});

describe('a batch with an idempotency key', () => {
  const body = (transaction: boolean) =>
    JSON.stringify({
      transaction,
      calls: [
        { path: 'db/posts/insert', params: insert('One') },
        { path: 'db/posts/insert', params: insert('Two') },
      ],
    });

  it('is done once as a transaction', async () => {
    const first = await post('/batch', body(true), 'k1');
    expect(first).toMatchObject({ status: 200, replayed: null });
    expect(await post('/batch', body(true), 'k1')).toEqual({ ...first, replayed: 'true' });
    expect(await written()).toBe(2);
  });

  it('that is no transaction is refused', async () => {
    const answer = await post('/batch', body(false), 'k1');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('transaction');
    expect(await written()).toBe(0);
  });
});

describe('reads and writes without a key', () => {
  it('leave nothing in the database', async () => {
    expect((await post('/call/db/posts/insert', JSON.stringify(insert('One')), undefined)).status).toBe(200);
    for (const key of ['k1', 'x'.repeat(300), ''])
      expect(await post('/call/db/posts/select', '{}', key)).toMatchObject({ status: 200, replayed: null });
    expect(await sql`select from pg_namespace where nspname = 'santokit'`).toHaveLength(0);
  });
});
