import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasRedisServer, RedisServer, type RunningPostgres, startPostgres } from '@santokit/devkit';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProgram } from './support/bridge-program.ts';
import { eventRelease } from './support/event-release.ts';
import { freePort } from './support/free-port.ts';
import { BRIDGE_TOKEN } from './support/hub-protocol.ts';
import { SHOP_DDL } from './support/shop.ts';
import { Stage } from './support/stage.ts';

/** Rows that are written, each with its event; more for a longer run. */
const ROWS = Number(process.env.STK_TEST_EVENTS ?? 500);
const WRITERS = 8;
const MOST_MS = 60_000 + ROWS * 20;

const FILES = {
  'events/topics/posted.yaml': 'name: posted\nschema: { post: { type: string } }\n',
  'events/triggers/posts.yaml': 'on: insert\ntable: posts\ntopic: posted\nmapping: { post: id }\n',
  'events/subscriptions/count.yaml':
    'name: count\ntopic: posted\nhandler: logics/count\nretry: { maxRetries: 100, minBackoff: 100ms, maxBackoff: 1s }\n',
  'logics/count.sql': `with first as (insert into handled (event_id) values (:event.id) on conflict do nothing returning 1)
    insert into effects (post) select :event.post from first`,
};

const stage = new Stage();
const redis = new RedisServer();
let folder: string;
let port: number;
let server: RunningPostgres;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stk-event-faults-'));
  await stage.open();
  port = await freePort();
  await startServer();
  if (hasRedisServer) await redis.start();
  const sql = postgres(server.url, { max: 1, onnotice: () => undefined });
  await sql.unsafe(SHOP_DDL);
  await sql.unsafe(
    'delete from posts; create table handled (event_id text primary key); create table effects (post text)',
  );
  await sql.end();
  stage.env().connections = { connections: [{ name: 'main', engine: 'postgres', url: server.url, version: 1 }] };
  stage.apply(eventRelease(FILES));
});
afterAll(async () => {
  await server?.stop();
  await redis.stop();
  await stage.close();
  await rm(folder, { recursive: true, force: true });
});

async function startServer(): Promise<void> {
  for (let attempt = 0; ; attempt++)
    try {
      server = await startPostgres({ dataDir: folder, port });
      return;
    } catch (thrown) {
      if (attempt === 20) throw thrown;
      await sleep(250);
    }
}

/** As a machine that loses its power: nothing is shut down. */
async function killServer(): Promise<void> {
  const files = await readdir(folder, { recursive: true });
  const pidFile = files.find((file) => file.endsWith('postmaster.pid'));
  const [pid] = (await readFile(join(folder, pidFile ?? ''), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGKILL');
  // Gives back what this process holds of the folder.
  await server.stop();
}

/** Two Bridges, each of which can be killed and started again on its port. */
class Bridges {
  readonly ports: number[] = [];
  readonly #programs: ReturnType<typeof startProgram>[] = [];

  async start(): Promise<void> {
    for (let index = 0; index < 2; index++) {
      this.ports.push(await freePort());
      this.#start(index);
    }
  }

  async restart(index: number): Promise<void> {
    await this.#kill(index);
    this.#start(index);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((_, index) => this.#kill(index)));
  }

  #start(index: number): void {
    this.#programs[index] = startProgram({
      STK_HUB_URL: stage.hub.url,
      STK_BRIDGE_TOKEN: BRIDGE_TOKEN,
      STK_BRIDGE_TARGETS: 'shop/dev',
      STK_BRIDGE_HOST: '127.0.0.1',
      STK_BRIDGE_PORT: String(this.ports[index]),
      STK_DB_POOL_MAX_SIZE: '6',
      STK_JOBS_URL: hasRedisServer ? redis.url : stage.databaseUrl,
    });
  }

  async #kill(index: number): Promise<void> {
    const program = this.#programs[index];
    program?.child.kill('SIGKILL');
    await program?.ended;
  }
}

it('every committed event has its effect exactly once, whatever is killed', { timeout: MOST_MS * 2 }, async () => {
  const bridges = new Bridges();
  await bridges.start();
  const kills = { bridge: 0, postgres: 0, redis: 0 };
  let isWriting = true;
  const faults = (async () => {
    while (isWriting) {
      await sleep(400 + Math.random() * 1_600);
      const drawn = Math.random();
      if (drawn < 0.5) {
        kills.bridge++;
        await bridges.restart(Math.floor(Math.random() * 2));
      } else if (drawn < 0.75 || !hasRedisServer) {
        kills.postgres++;
        await killServer();
        await startServer();
      } else {
        kills.redis++;
        await redis.stop();
        await redis.start();
      }
    }
  })();
  const acknowledged = await write(bridges);
  isWriting = false;
  await faults;
  const sql = postgres(server.url, { max: 2, onnotice: () => undefined });
  try {
    const count = async (table: string) => Number((await sql.unsafe(`select count(*) as n from ${table}`))[0]?.n);
    const posts = await count('posts');
    const deadline = Date.now() + MOST_MS;
    while ((await count('effects')) < posts && Date.now() < deadline) await sleep(200);
    // Whatever is delivered once more is so by now, or has nothing left to be delivered of.
    while ((await count('santokit.deliveries')) > 0 && Date.now() < deadline) await sleep(200);
    process.stdout.write(`${JSON.stringify({ posts, acknowledged: acknowledged.length, ...kills })}\n`);
    const missing = await sql`select id from posts where id not in (select post from effects)`;
    const uncommitted = await sql`select post from effects where post not in (select id from posts)`;
    const lost = acknowledged.filter((id) => id === undefined);
    expect([missing.length, uncommitted.length, lost.length]).toEqual([0, 0, 0]);
    expect(await count('effects')).toBe(posts);
    expect(posts).toBeGreaterThanOrEqual(ROWS);
    expect(await count('santokit.dead_letters')).toBe(0);
    const kept = new Set((await sql`select id from posts`).map(({ id }) => id as string));
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
  } finally {
    await sql.end();
    await bridges.stop();
  }
});

/** Writes rows through whichever Bridge answers. @returns the ids of those that were acknowledged */
async function write(bridges: Bridges): Promise<string[]> {
  const acknowledged: string[] = [];
  const headers = { 'content-type': 'application/json', 'x-santokit-api-key': stage.admin.key };
  const body = JSON.stringify({ data: { author_id: 'ann', title: 'x' } });
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let turn = writer; acknowledged.length < ROWS; turn++) {
      const url = `http://127.0.0.1:${bridges.ports[turn % 2]}/call/db/posts/insert`;
      const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) }).catch(
        () => undefined,
      );
      if (answer?.status === 200) {
        const { data } = (await answer.json()) as { data: { id: string } };
        acknowledged.push(data.id);
      } else await sleep(20);
    }
  });
  await Promise.all(writers);
  return acknowledged;
}
