import { newEd25519KeyPair } from '@santokit/crypto';
import { createTestDatabase } from '@santokit/devkit';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVERYONE_READS, SHOP_DDL, shopRelease, showing } from './support/shop.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const stage = new Stage();
let bridge: BridgeClient;

beforeAll(async () => {
  await stage.open();
  bridge = await (await stage.bridge()).ready();
});
afterAll(() => stage.close());

/** What callers see of a post tells which release answers. */
async function columnsSeen(client = bridge): Promise<string> {
  const { body } = await client.call('db/posts/select', { limit: 1 });
  return Object.keys(body.data?.[0] ?? body).join();
}

function lastError(): string | null | undefined {
  return stage.hub.reports.at(-1)?.targets[0]?.lastError;
}

describe('a new release', () => {
  it('is swapped in under load without losing a request', async () => {
    stage.apply(shopRelease(showing('id')));
    await until(async () => (await columnsSeen()) === 'id');
    let isOver = false;
    const seen = new Set<string>();
    const failures: unknown[] = [];
    const caller = async () => {
      while (!isOver) {
        const { status, body } = await bridge.call('db/posts/select', { orderBy: { id: 'asc' } });
        if (status === 200) seen.add(Object.keys(body.data[0]).join());
        else failures.push(body);
      }
    };
    const callers = Array.from({ length: 8 }, caller);
    for (const columns of [
      ['id', 'title'],
      ['id', 'author_id'],
      ['id', 'title', 'author_id'],
    ]) {
      stage.apply(shopRelease(showing(...columns)));
      await until(() => [...seen].some((one) => one.split(',').toSorted().join() === columns.toSorted().join()));
    }
    isOver = true;
    await Promise.all(callers);
    expect(failures).toEqual([]);
    expect(seen.size).toBeGreaterThanOrEqual(3);
  });

  it('leaves a call in flight to end on the old one', async () => {
    stage.apply(shopRelease());
    await until(async () => (await columnsSeen()) === 'id,author_id,title');
    const slow = bridge.call('db/slow_posts/insert', { data: { author_id: 'ann', title: 'x' } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    stage.apply(shopRelease({ posts: { select: [{ roles: ['admin'], columns: ['id'] }] } }));
    await until(async () => (await columnsSeen()) === 'id');
    expect((await bridge.call('db/slow_posts/insert', { data: { author_id: 'ann', title: 'x' } })).status).toBe(403);
    expect((await slow).status).toBe(200);
  });
});

describe('a payload that is wrong', () => {
  const other = newEd25519KeyPair();
  beforeEach(async () => {
    stage.env().minimumBridgeVersion = '0.1.0';
    stage.apply(shopRelease(showing('id')));
    await until(async () => (await columnsSeen()) === 'id' && lastError() === null);
  });

  it.each<[string, () => string, RegExp]>([
    [
      'content that was changed',
      () => stage.apply(shopRelease(), { content: JSON.stringify(shopRelease({})) }),
      /hash/,
    ],
    ['content that is not JSON', () => stage.apply(shopRelease(), { content: '{' }), /not JSON/],
    [
      'a signature by another key',
      () => stage.apply(shopRelease(), { signature: Buffer.alloc(64).toString('base64') }),
      /signature/,
    ],
    ['a signature that is none', () => stage.apply(shopRelease(), { signature: '?' }), /signature/],
    [
      'a signing key that is not known',
      () => stage.apply(shopRelease(), { signingKeyId: 'r9' }),
      /key that is not known/,
    ],
    ['a release of another project', () => stage.apply(shopRelease(), { project: 'other' }), /another/],
    ['a release under another id', () => stage.apply(shopRelease(), { releaseId: 'rel_x' }), /another/],
    ['a format of the future', () => stage.apply({ ...shopRelease(), formatVersion: 2 as 1 }), /format/],
    ['a table on a connection that is not there', () => stage.apply({ ...shopRelease(), connections: {} }), /compile/],
    [
      'no payload at all',
      () => stage.apply(shopRelease(), { content: 1 as unknown as string }),
      /not what was asked for/,
    ],
  ])('%s is refused and reported, and the last valid release serves on', async (_, apply, reason) => {
    const refused = apply();
    await until(() => reason.test(lastError() ?? ''), `${reason} in ${lastError()}`);
    expect(lastError()).toContain(refused);
    expect(await columnsSeen()).toBe('id');
    expect(await bridge.state()).toBe('FRESH');
    expect(stage.hub.reports.at(-1)?.targets[0]?.releaseId).not.toBe(refused);
    stage.apply(shopRelease());
    await until(async () => (await columnsSeen()) === 'id,author_id,title' && lastError() === null);
  });

  it('a release for a later Bridge is refused', async () => {
    stage.env().minimumBridgeVersion = '99.0.0';
    stage.apply(shopRelease());
    await until(() => /needs a Bridge of version 99\.0\.0/.test(lastError() ?? ''));
    expect(await columnsSeen()).toBe('id');
  });

  it('a release that was refused for a missing key is served once the key is there', async () => {
    const { signature, ...rest } = stage.hub.releases.get(stage.apply(shopRelease(), { signingKeyId: 'r2' })) ?? {};
    expect(signature ?? rest).toBeDefined();
    await until(() => /key that is not known/.test(lastError() ?? ''));
    stage.env().keys = {
      ...stage.env().keys,
      releaseKeys: [
        { keyId: 'r2', publicKey: stage.releaseKey.publicKey },
        { keyId: 'r1', publicKey: stage.releaseKey.publicKey },
        { keyId: 'r3', publicKey: other.publicKey },
      ],
    };
    await until(async () => (await columnsSeen()) === 'id,author_id,title');
  });
});

describe('when the Hub is gone', () => {
  it('the Bridge serves on, stale; after too long it stops; it recovers by itself', async () => {
    stage.apply(shopRelease(EVERYONE_READS));
    const client = await (await stage.bridge({ maxStaleMs: 1_500, hubTimeoutMs: 300 })).ready();
    expect(await client.state()).toBe('FRESH');
    await stage.hub.kill();
    await until(async () => (await client.state()) === 'STALE');
    expect((await client.call('db/posts/select')).status).toBe(200);
    expect((await client.send('/readyz')).status).toBe(200);
    await until(async () => (await client.state()) === 'EXPIRED');
    expect(await client.call('db/posts/select')).toMatchObject({
      status: 503,
      body: { error: { code: 'SERVICE_UNAVAILABLE' } },
    });
    expect((await client.send('/readyz')).body).toEqual({ ok: false, reason: 'shop/dev is EXPIRED' });
    // It is said at the next poll that fails.
    await until(() => /"level":"warn"[^\n]*"state":"EXPIRED"/.test(stage.log.join('')));
    await stage.hub.start();
    await until(async () => (await client.state()) === 'FRESH');
    expect((await client.call('db/posts/select')).status).toBe(200);
    expect((await client.send('/metrics')).body).toMatch(/hub_poll_failures_total\{[^}]*\} [1-9]/);
    expect(stage.log.join('')).toMatch(/"level":"warn"[^\n]*"state":"STALE"/);
  });

  it('a Bridge that starts then serves as soon as the Hub is back', async () => {
    await stage.hub.kill();
    const client = await stage.bridge();
    expect((await client.call('db/posts/select')).status).toBe(503);
    expect((await client.send('/healthz')).status).toBe(200);
    await stage.hub.start();
    await until(async () => (await client.call('db/posts/select')).status === 200);
  });
});

describe('a connection that changed', () => {
  it('is served by a new pool, while calls in flight finish on the old one', async () => {
    const next = await createTestDatabase();
    const sql = postgres(next.url, { max: 1, onnotice: () => undefined });
    await sql.unsafe(`${SHOP_DDL}; delete from posts where id = 'p2'`);
    await sql.end();
    stage.apply(shopRelease());
    await until(async () => (await columnsSeen()) === 'id,author_id,title');
    const slow = bridge.call('db/slow_posts/insert', { data: { author_id: 'ann', title: 'x' } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    stage.env().connections = { connections: [{ name: 'main', engine: 'postgres', url: next.url, version: 2 }] };
    await until(async () => (await bridge.call('db/posts/select')).body.data.length === 1);
    expect((await slow).status).toBe(200);
    await until(() => stage.hub.reports.at(-1)?.targets[0]?.connectionVersions.main === 2);
    stage.env().connections = { connections: [{ name: 'main', engine: 'postgres', url: 'nonsense', version: 3 }] };
    await until(() => /Connection main version 3/.test(lastError() ?? ''));
    expect((await bridge.call('db/posts/select')).body.data).toHaveLength(1);
    stage.env().connections = {
      connections: [{ name: 'main', engine: 'postgres', url: stage.databaseUrl, version: 4 }],
    };
    await until(async () => (await bridge.call('db/posts/select')).body.data.length === 2);
    await next.drop();
  });

  it('to a database that is away is not followed until it answers', async () => {
    const away = 'postgres://u:p@127.0.0.1:1/none';
    stage.env().connections = { connections: [{ name: 'main', engine: 'postgres', url: away, version: 5 }] };
    await until(() => /version 5 does not answer; version 4 stays in use/.test(lastError() ?? ''));
    expect((await bridge.call('db/posts/select')).status).toBe(200);
    stage.env().connections = {
      connections: [{ name: 'main', engine: 'postgres', url: stage.databaseUrl, version: 6 }],
    };
    await until(() => stage.hub.reports.at(-1)?.targets[0]?.connectionVersions.main === 6);
  });

  it('before there was one that worked, a database that is away makes calls 503 and the Bridge not ready', async () => {
    const away = 'postgres://u:p@127.0.0.1:1/none';
    stage.env().connections = { connections: [{ name: 'main', engine: 'postgres', url: away, version: 7 }] };
    const late = await stage.bridge();
    await until(async () => (await late.call('db/posts/select')).status === 503);
    const notReady = { ok: false, reason: 'The database main of shop/dev does not answer' };
    await until(async () => (await late.send('/readyz')).body.reason === notReady.reason);
    stage.env().connections = {
      connections: [{ name: 'main', engine: 'postgres', url: stage.databaseUrl, version: 8 }],
    };
    await late.ready();
  });
});
