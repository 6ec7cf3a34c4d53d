import { createValueHash } from '@santokit/crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EVERYONE_READS, shopRelease } from './support/shop.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const KEYS = [1, 2].map((byte) => Buffer.alloc(32, byte));
const stage = new Stage();
let bridge: BridgeClient;

beforeAll(async () => {
  await stage.open();
  stage.env().keys.maskKey = KEYS[0]?.toString('base64');
  const hashed = { posts: { select: [{ roles: ['admin'], mask: { title: 'hash' as const } }] } };
  stage.apply(shopRelease({ ...EVERYONE_READS, ...hashed }));
  bridge = await (await stage.bridge({ pollIntervalMs: 1_000 })).ready();
});
afterAll(() => stage.close());

async function titleShown(client = bridge): Promise<string> {
  const { body } = await client.call('db/posts/select', { where: { id: 'p1' } });
  return body.data[0].title;
}

const titleUnder = (key: Buffer | undefined) => createValueHash(key ?? Buffer.alloc(0))('First');

it('values are hashed with the key that the Hub gives, and with another one once it gives another', async () => {
  expect(await titleShown()).toBe(titleUnder(KEYS[0]));
  stage.env().keys.maskKey = KEYS[1]?.toString('base64');
  await until(async () => (await titleShown()) === titleUnder(KEYS[1]));
});

it('a Hub that gives no key changes nothing for who has one, and keeps others from loading the release', async () => {
  const key = stage.env().keys.maskKey;
  delete stage.env().keys.maskKey;
  const late = await stage.bridge();
  await until(() => stage.hub.reports.some(({ targets }) => targets[0]?.lastError?.includes('gave no key')));
  expect((await late.send('/readyz')).status).toBe(503);
  expect(await titleShown()).toBe(titleUnder(KEYS[1]));
  stage.env().keys.maskKey = key;
  await late.ready();
  expect(await titleShown(late)).toBe(titleUnder(KEYS[1]));
});

it('the key is in no log and in no report', () => {
  const told = stage.log.join('') + JSON.stringify(stage.hub.reports);
  for (const key of KEYS) expect(told).not.toContain(key.toString('base64'));
});
