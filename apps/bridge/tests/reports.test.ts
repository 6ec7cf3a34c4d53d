import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type BridgeClient, Stage, until } from './support/stage.ts';

/** Longer than any test: what is reported sooner was not waited for. */
const INTERVAL_MS = 60_000;

const stage = new Stage();
let bridge: BridgeClient;
beforeAll(() => stage.open());
afterAll(() => stage.close());
beforeEach(async () => {
  bridge = await (await stage.bridge({ pollIntervalMs: INTERVAL_MS })).ready();
  // The first reports are of the loading itself.
  await until(() => last()?.releaseId === stage.env().releaseId);
});

const last = () => stage.hub.reports.at(-1)?.targets[0];

it('a Bridge that is told of the release that it has pulls all again and says so', async () => {
  const { reports, asked } = stage.hub;
  const [reported, pulled] = [reports.length, asked.length];
  // Another version of the same pointer.
  stage.env().minimumBridgeVersion = '0.0.9';
  await until(() => reports.length > reported);
  expect(asked.slice(pulled)).toEqual(
    expect.arrayContaining(['GET /internal/keys/shop/dev', 'GET /internal/connections/shop/dev']),
  );
  await bridge.bridge.stop();
});

it('a connection that changed is reported at once, by its version', async () => {
  const [main] = stage.env().connections.connections;
  if (main === undefined) throw new Error('The stage has no connection');
  stage.env().connections = { connections: [{ ...main, version: main.version + 1 }] };
  stage.env().minimumBridgeVersion = '0.0.8';
  await until(() => last()?.connectionVersions.main === main.version + 1);
  await bridge.bridge.stop();
});

it('a Bridge that stops says that it serves nothing any more', async () => {
  await bridge.bridge.stop();
  expect(stage.hub.reports.at(-1)?.targets).toEqual([]);
});

it('a Bridge stops also when the Hub is gone', async () => {
  await stage.hub.kill();
  await bridge.bridge.stop();
  await stage.hub.start();
});
