import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Session, withSession } from './session.ts';

/** How a proxy meets those who connect. */
type Welcome = 'passes on' | 'hangs up' | 'resets' | 'keeps waiting';
const LOST = { code: 'SERVICE_UNAVAILABLE' };

let database: TestDatabase;
let viaProxy: Sql;
let proxy: Server;
let welcome: Welcome;
const clients: Socket[] = [];
/** Each lets nothing of one connection through any more. */
const freezes: (() => void)[] = [];
/** Each lets through what one connection was kept waiting with. */
const thaws: (() => void)[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.url);
  const target = { host: url.hostname, port: Number(url.port) };
  proxy = createServer((client) => {
    client.on('error', () => undefined);
    clients.push(client);
    if (welcome === 'hangs up') client.once('data', () => client.end());
    else if (welcome === 'resets') client.once('data', () => client.resetAndDestroy());
    else {
      const upstream = connect(target).on('error', () => client.destroy());
      const passOn = () => client.pipe(upstream).pipe(client);
      if (welcome === 'passes on') passOn();
      client.on('close', () => upstream.destroy());
      thaws.push(passOn);
      freezes.push(() => {
        for (const socket of [client, upstream]) socket.unpipe().pause();
      });
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  viaProxy = postgres(url.href, { max: 1, connect_timeout: 1 });
});
beforeEach(() => {
  welcome = 'passes on';
  clients.length = 0;
  freezes.length = 0;
  thaws.length = 0;
});
afterAll(async () => {
  await viaProxy.end();
  proxy.close();
  await database.drop();
});

it('keeps what belongs to one connection over its statements', async () => {
  const found = await withSession(viaProxy, async (session) => {
    await session.run("set santokit.x = 'kept'");
    return await session.run("select current_setting('santokit.x') as x, $1::int as n", ['2']);
  });
  expect(found).toEqual([{ x: 'kept', n: 2 }]);
});

describe.each<[string, (client: Socket | undefined) => void]>([
  ['reset', (client) => client?.resetAndDestroy()],
  ['ended', (client) => client?.destroy()],
])('a session whose connection is %s', (_, lose) => {
  it('fails every statement from then on, at once, and leaves no other connection behind', async () => {
    const outcomes = await withSession(viaProxy, async (session) => {
      await session.run('begin');
      const running = session.run('select pg_sleep(2)');
      // As a transaction is rolled back: at once when a statement has failed.
      const together = running.catch(async (first: unknown) => [
        first,
        ...(await Promise.all(['rollback', 'select 1'].map((text) => session.run(text).catch((thrown) => thrown)))),
      ]);
      await sleep(50);
      lose(clients[0]);
      return [...(await together), await session.run('select 1').catch((thrown) => thrown)];
    });
    expect(outcomes).toHaveLength(4);
    expect(outcomes.slice(1)).toEqual([LOST, LOST, LOST].map((lost) => expect.objectContaining(lost)));
    await sleep(300);
    expect(clients).toHaveLength(1);
  });
});

it.each<Welcome>(['hangs up', 'resets'])('fails where whoever listens %s', async (kind) => {
  welcome = kind;
  const startedMs = performance.now();
  await expect(withSession(viaProxy, (session) => session.run('select 1'))).rejects.toThrow();
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});

it('fails a statement whose answer gets lost, while the server answers others', async () => {
  const outcome = withSession(
    viaProxy,
    async (session) => {
      await session.run('begin');
      freezes[0]?.();
      const failed = await session.run('select 1').catch((thrown) => thrown);
      return [failed, await session.run('rollback').catch((thrown) => thrown)];
    },
    { silenceMs: 50 },
  );
  expect(await outcome).toEqual([LOST, LOST].map((lost) => expect.objectContaining(lost)));
});

/** Runs a statement on a connection that is silent for a while; `isWhole`: so are all others. */
async function silentFor(ms: number, how: { readonly silenceMs: number; readonly isWhole?: boolean }) {
  const work = async (session: Session) => {
    await session.run('begin');
    freezes[0]?.();
    if (how.isWhole === true) welcome = 'keeps waiting';
    const thawing = sleep(ms).then(() => {
      for (const thaw of thaws) thaw();
    });
    const startedMs = performance.now();
    const outcome = await session.run("select 'done' as is").catch((thrown) => thrown);
    const tookMs = performance.now() - startedMs;
    await thawing;
    return { outcome, tookMs };
  };
  return await withSession(viaProxy, work, { silenceMs: how.silenceMs, lookMs: 250 });
}

it('outlives a server that answers nobody for a while and then goes on', async () => {
  const { outcome } = await silentFor(1_200, { silenceMs: 50, isWhole: true });
  expect(outcome).toEqual([{ is: 'done' }]);
});

it('outlives that while it is being opened, too', async () => {
  welcome = 'keeps waiting';
  const work = (session: Session) => session.run("select 'done' as is");
  const outcome = withSession(viaProxy, work, { silenceMs: 50, lookMs: 250 });
  await sleep(1_200);
  for (const thaw of thaws) thaw();
  expect(await outcome).toEqual([{ is: 'done' }]);
});

it('gives up a server that answers nobody six times in a row', async () => {
  const { outcome, tookMs } = await silentFor(2_500, { silenceMs: 50, isWhole: true });
  expect(outcome).toMatchObject(LOST);
  expect(tookMs).toBeGreaterThan(1_500);
  expect(tookMs).toBeLessThan(2_400);
});

it('waits for what may have to be sent again as long as the silence had lasted', async () => {
  const { outcome } = await silentFor(2_700, { silenceMs: 1_500 });
  expect(outcome).toEqual([{ is: 'done' }]);
});

it('waits for a statement as long as the server is at it', async () => {
  const statements = ['select $1 as is from pg_sleep(1.6)', 'select $1 as is'];
  const work = (session: Session) => Promise.all(statements.map((text) => session.run(text, ['done'])));
  expect(await withSession(viaProxy, work, { silenceMs: 50 })).toEqual([[{ is: 'done' }], [{ is: 'done' }]]);
});
