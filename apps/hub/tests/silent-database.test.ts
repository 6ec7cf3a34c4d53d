import { expect, it } from 'vitest';
import { FaultProxy } from './support/fault-proxy.ts';
import { RunningHub } from './support/running-hub.ts';

const PATIENCE_MS = 60_000;
/** A look at the silence, two at the server, and what an apply does when it has failed. */
const MOST_WAIT_MS = 18_000;
const FILES = {
  'schema/shop.yaml': 'version: 1\ntables:\n  books:\n    columns:\n      title: { type: string }\n',
  'config/permissions.yaml': 'version: 1\ntables:\n  books: { select: { roles: [public] } }\n',
};
const MAIN = 'PUT /api/v1/projects/shop/envs/dev/connections/main';

it.concurrent.each<[string, boolean, RegExp]>([
  ['its connection goes silent while the database is read', false, /from pg_class/i],
  ['its connection goes silent before a change', false, /^create table/i],
  ['its connection goes silent before a change is kept', false, /^commit/i],
  ['the whole database goes silent before a change', true, /^create table/i],
])(
  'an apply is told so when %s, and leaves no lock to the next one',
  async (_, isWhole, text) => {
    const hub = await RunningHub.withShop();
    const { hostname: host, port, pathname } = new URL(hub.shopUrl);
    const shop = pathname.slice(1);
    const proxy = await FaultProxy.start({ host, port: Number(port) });
    await hub.must(MAIN, { body: { engine: 'postgres', url: proxy.through(hub.shopUrl) } });
    let silentAtMs = Number.POSITIVE_INFINITY;
    proxy.arm({
      counts: (statement) => text.test(statement.text),
      moment: 'before',
      at: 1,
      strike: () => {
        silentAtMs = performance.now();
        proxy.silence(shop, { isWhole });
      },
    });
    const answer = await hub.apply(FILES);
    expect([answer.status, answer.json.error]).toMatchObject([503, { code: 'SERVICE_UNAVAILABLE' }]);
    expect(performance.now() - silentAtMs).toBeLessThan(MOST_WAIT_MS);
    proxy.disarm();
    if (isWhole) {
      expect((await hub.apply(FILES)).status).toBe(503);
      proxy.mend();
    }
    expect((await hub.apply(FILES)).json).toMatchObject({ data: { reused: false } });
    await hub.stop();
    proxy.stop();
  },
  PATIENCE_MS,
);
