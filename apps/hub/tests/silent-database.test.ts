import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { FaultProxy, type PassingStatement } from './support/fault-proxy.ts';
import { RunningHub } from './support/running-hub.ts';

const PATIENCE_MS = 120_000;
/** The silence, as long again in which the server is seen at nothing, and what an apply does when it has failed. */
const MOST_WAIT_MS = 18_000;
/** The silence, a minute in which nobody is answered, and the rest. */
const MOST_WHOLE_WAIT_MS = 80_000;
/** Longer than somebody needs to be let in. */
const PAUSE_MS = 13_000;
const FILES = {
  'schema/shop.yaml': 'version: 1\ntables:\n  books:\n    columns:\n      title: { type: string }\n',
  'config/permissions.yaml': 'version: 1\ntables:\n  books: { select: { roles: [public] } }\n',
};
const ENV = '/api/v1/projects/shop/envs/dev';

/** A Hub whose project's database goes silent at a statement, the statements that came by, and when it did. */
async function silentAt(text: RegExp, { isWhole }: { readonly isWhole: boolean }) {
  const hub = await RunningHub.withShop();
  const { hostname: host, port } = new URL(hub.shopUrl);
  const proxy = await FaultProxy.start({ host, port: Number(port) });
  const url = proxy.through(hub.shopUrl);
  await hub.must(`PUT ${ENV}/connections/main`, { body: { engine: 'postgres', url } });
  let silentAtMs = Number.POSITIVE_INFINITY;
  const strike = ({ database }: PassingStatement) => {
    silentAtMs = performance.now();
    proxy.silence(database, { isWhole });
  };
  const seen: PassingStatement[] = [];
  const counts = (statement: PassingStatement) => seen.push(statement) > 0 && text.test(statement.text);
  proxy.arm({ counts, moment: 'before', at: 1, strike });
  return { hub, proxy, seen, silentAtMs: () => silentAtMs };
}

it.concurrent.each<[string, boolean, RegExp]>([
  ['its connection goes silent while the database is read', false, /from pg_class/i],
  ['its connection goes silent before a change', false, /^create table/i],
  ['its connection goes silent before a change is kept', false, /^commit/i],
  ['the whole database goes silent before a change', true, /^create table/i],
])(
  'an apply is told so when %s, and leaves no lock to the next one',
  async (_, isWhole, text) => {
    const { hub, proxy, silentAtMs } = await silentAt(text, { isWhole });
    const answer = await hub.apply(FILES);
    expect([answer.status, answer.json.error]).toMatchObject([503, { code: 'SERVICE_UNAVAILABLE' }]);
    expect(performance.now() - silentAtMs()).toBeLessThan(isWhole ? MOST_WHOLE_WAIT_MS : MOST_WAIT_MS);
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

it.concurrent.each<[string, RegExp]>([
  ['while it is read', /from pg_class/i],
  ['before a change', /^create table/i],
  ['before a change is kept', /^commit/i],
])(
  'an apply outlives a server that is paused %s and then goes on',
  async (_, text) => {
    const hub = await RunningHub.withShop();
    const { hostname: host, port } = new URL(hub.shopUrl);
    const proxy = await FaultProxy.start({ host, port: Number(port) });
    await hub.must(`PUT ${ENV}/connections/main`, {
      body: { engine: 'postgres', url: proxy.through(hub.shopUrl) },
    });
    let pausing: Promise<void> | undefined;
    const pause = async (database: string) => {
      proxy.hold(database);
      await sleep(PAUSE_MS);
      proxy.release(database);
    };
    const counts = (statement: PassingStatement) => {
      if (text.test(statement.text)) pausing ??= pause(statement.database);
      return false;
    };
    proxy.arm({ counts, moment: 'before', at: 1, strike: () => undefined });
    expect((await hub.apply(FILES)).json).toMatchObject({ data: { reused: false } });
    expect(pausing).toBeDefined();
    await pausing;
    await hub.stop();
    proxy.stop();
  },
  PATIENCE_MS,
);

it.concurrent.each<[string, RegExp]>([
  ['makes its database', /^create database/i],
  ['builds in it', /^create table/i],
])(
  'a verification whose connection goes silent while it %s ends, and leaves no database behind',
  async (_, text) => {
    const { hub, proxy, seen, silentAtMs } = await silentAt(text, { isWhole: false });
    const files = Object.entries(FILES).map(([path, content]) => ({ path, content }));
    const answer = await hub.call(`POST ${ENV}/schema/verify`, { body: { files } });
    expect([answer.status, answer.json.error]).toMatchObject([503, { code: 'SERVICE_UNAVAILABLE' }]);
    expect(performance.now() - silentAtMs()).toBeLessThan(MOST_WAIT_MS);
    const names = seen.flatMap((statement) => statement.text.match(/stk_verify_\w+/g) ?? []);
    expect(names).not.toEqual([]);
    const left = await hub.shop`select datname from pg_database where datname in ${hub.shop(names)}`;
    expect(left).toEqual([]);
    await hub.stop();
    proxy.stop();
  },
  PATIENCE_MS,
);
