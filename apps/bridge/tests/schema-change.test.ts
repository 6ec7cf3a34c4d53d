import type { CompiledRelease } from '@santokit/contract';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const stage = new Stage();
let bridge: BridgeClient;
let sql: postgres.Sql;

beforeAll(async () => {
  await stage.open();
  sql = postgres(stage.databaseUrl, { max: 1, onnotice: () => undefined });
  bridge = await (await stage.bridge()).ready();
});
beforeEach(async () => {
  await sql`drop table if exists posts, articles cascade`;
  await sql`create table posts (id text primary key, author_id text not null, title text)`;
  await sql`insert into posts values ('p1', 'ann', 'First'), ('p2', 'ben', 'Second')`;
  const releaseId = stage.apply(releaseWith('title'));
  await until(async () => (await bridge.call('db/posts/select')).headers.get('x-santokit-release') === releaseId);
});
afterAll(async () => {
  await sql.end();
  await stage.close();
});

const insert = (author: string) => ({ path: 'db/posts/insert', params: { data: { author_id: author } } });
const RENAME = 'alter table posts rename title to headline';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A release in which posts may do without their text, under the name of its column. */
function releaseWith(column: string): CompiledRelease {
  const release = shopRelease();
  const { posts } = release.schema;
  if (posts === undefined) throw new Error('There is no table posts');
  const { id, author_id, title } = posts.columns;
  const text = { ...title, name: column, type: 'string', nullable: true } as const;
  const columns = { id, author_id, [column]: text } as typeof posts.columns;
  return { ...release, schema: { ...release.schema, posts: { ...posts, columns } } };
}

function batch(body: unknown, headers: Record<string, string> = {}) {
  return bridge.send('/batch', {
    method: 'POST',
    headers: { 'x-santokit-api-key': stage.admin.key, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** What `ask` comes to when the schema changes before it and the release a moment after. */
async function changedMeanwhile<T>(ask: () => Promise<T>): Promise<T> {
  await sql.unsafe(RENAME);
  const answer = ask();
  await pause(200);
  stage.apply(releaseWith('headline'));
  return await answer;
}

describe('a schema that is ahead of the release', () => {
  it('makes a read wait for the release that knows it', async () => {
    const { status, body, headers } = await changedMeanwhile(() => bridge.call('db/posts/select', { limit: 1 }));
    expect(body.data).toEqual([{ id: 'p1', author_id: 'ann', headline: 'First' }]);
    expect([status, headers.get('x-santokit-release')]).toEqual([200, stage.env().releaseId]);
  });

  it('makes the calls of a batch wait, each of which is then done once', async () => {
    const calls = Array.from({ length: 12 }, () => insert('cia'));
    const { body } = await changedMeanwhile(() => batch({ calls }));
    expect(body.results.filter(({ data }: { data: unknown }) => data !== undefined)).toHaveLength(12);
    expect(await sql`select from posts where author_id = 'cia'`).toHaveLength(12);
  });

  it.each([{}, { 'idempotency-key': 'k' }])(
    'makes a transaction begin anew, which is then done once (%j)',
    async (headers) => {
      const calls = [insert('dan'), { path: 'db/posts/select', params: { where: { author_id: 'dan' } } }];
      const { status, body } = await changedMeanwhile(() => batch({ calls, transaction: true }, headers));
      expect([status, body.results[1]?.data.length]).toEqual([200, 1]);
      expect(await sql`select from posts where author_id = 'dan'`).toHaveLength(1);
    },
  );

  it.each([RENAME, 'drop table posts', 'alter table posts drop title'])(
    'is a 503 to try again after when no release comes, and is waited for once however many calls there are (%s)',
    async (change) => {
      await sql.unsafe(change);
      const startedMs = performance.now();
      const alone = bridge.call('db/posts/select');
      const each = batch({ calls: Array.from({ length: 40 }, () => ({ path: 'db/posts/select', params: {} })) });
      const together = batch({ calls: [{ path: 'db/posts/select', params: {} }], transaction: true });
      for (const { status, headers, body } of [await alone, await together]) {
        expect([status, headers.get('retry-after'), body.error.code]).toEqual([503, '1', 'SERVICE_UNAVAILABLE']);
        expect(JSON.stringify(body)).not.toMatch(/title|exist/);
      }
      const { results } = (await each).body;
      expect(results[39].error.code).toBe('SERVICE_UNAVAILABLE');
      // One after the other they would take forty seconds.
      expect(performance.now() - startedMs).toBeLessThan(20_000);
    },
  );

  it('costs callers of other tables nothing', async () => {
    await sql.unsafe(RENAME);
    const ended: string[] = [];
    const waiting = bridge.call('db/posts/select').then(() => ended.push('waiting'));
    const other = bridge.call('db/slow_posts/insert', { data: { author_id: 'ann', title: 'x' } });
    expect((await other.finally(() => ended.push('other'))).status).toBe(200);
    await waiting;
    expect(ended).toEqual(['other', 'waiting']);
  });
});

describe('logic that names what is not there', () => {
  const statements = [{ text: 'select nowhere from posts', bindings: [] }];
  const unit = { transaction: 'read_committed', readOnly: true, statements } as const;
  const broken = { kind: 'sql', connection: 'main', roles: ['public'], params: {}, units: [unit] } as const;

  it('fails at once after a few seconds, the cause in the log alone, until a release or the schema mends it', async () => {
    const releaseId = stage.apply({ ...releaseWith('title'), logics: { broken } });
    await until(async () => (await bridge.call('db/posts/select')).headers.get('x-santokit-release') === releaseId);
    const ask = async () => {
      const startedMs = performance.now();
      const answer = await bridge.call('logics/broken');
      return { ...answer, tookMs: performance.now() - startedMs };
    };
    const first = await ask();
    expect(first).toMatchObject({ status: 500, body: { error: { code: 'INTERNAL_ERROR' } } });
    expect(first.tookMs).toBeLessThan(2_500);
    expect(JSON.stringify(first.body)).not.toMatch(/nowhere|posts/);
    const { requestId } = first.body.error;
    const line = stage.log.find((text) => text.includes(requestId) && text.includes('nowhere'));
    expect(line).toContain('does not exist');
    await until(async () => (await ask()).tookMs < 300);
    for (let n = 0; n < 5; n++) expect((await ask()).tookMs).toBeLessThan(300);
    // What else is news is waited for as ever.
    const { status } = await changedMeanwhile(() => bridge.call('db/posts/select', { limit: 1 }));
    expect(status).toBe(200);
    await sql`alter table posts add nowhere text`;
    const mended = stage.apply({ ...releaseWith('headline'), logics: { broken } });
    await until(async () => (await bridge.call('db/posts/select')).headers.get('x-santokit-release') === mended);
    expect((await ask()).status).toBe(200);
  });
});

describe('a column whose type was changed', () => {
  it('is read by statements that were prepared before, alone and in transactions', async () => {
    const read = { path: 'db/posts/select', params: { where: { id: 'p1' } } };
    // Prepared on every connection of the pool.
    const ask = () => Promise.all(Array.from({ length: 12 }, () => bridge.call(read.path, read.params)));
    for (let round = 0; round < 3; round++) await ask();
    for (const type of ['varchar(20)', 'varchar(30)', 'text']) {
      await sql.unsafe(`alter table posts alter title type ${type}`);
      const together = await Promise.all(
        Array.from({ length: 8 }, () => batch({ calls: [read, read], transaction: true })),
      );
      expect(together.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
      expect((await ask()).map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    }
  });
});
