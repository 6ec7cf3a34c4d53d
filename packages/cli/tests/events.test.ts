import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { startHubServer } from './hub-server.ts';
import { stk } from './memory-streams.ts';

const base = '/api/v1/projects/shop/envs/dev/events';
const at = '2026-01-02T03:00:00.000000Z';
const topic = { name: 'placed', retentionSeconds: 60, subscriptions: ['ship'], triggers: 1 };
const subscription = {
  name: 'ship',
  handler: 'logics/ship',
  maxRetries: 3,
  minBackoffMs: 1_000,
  maxBackoffMs: 60_000,
  deadLetter: true,
  orderBy: null,
  waiting: 2,
  deadLetters: 1,
  failures: 10,
  breaker: 'open',
  breakerOpenedAt: at,
};
const detail = {
  ...topic,
  schema: { item: { type: 'string', nullable: false } },
  triggers: [{ on: 'insert', table: 'orders', mapping: { item: 'id' } }],
  subscriptions: [subscription],
};
const letter = {
  id: 'd1',
  topic: 'placed',
  subscription: 'ship',
  eventId: 'e1',
  attempts: 4,
  lastError: 'no luck',
  publishedAt: at,
  failedAt: at,
};

async function answer(args: string, route: string, data: unknown) {
  const hub = await startHubServer({ [route]: { status: 200, body: { data } } });
  const variables = { STK_HUB_URL: hub.url, STK_PROJECT: 'shop', STK_ENV: 'dev', STK_TOKEN: 'secret-token' };
  const result = await stk(args.split(' '), { cwd: tmpdir(), variables });
  await hub.stop();
  return result;
}

it.each<[string, string, unknown, string]>([
  ['events topics list', `GET ${base}/topics`, { items: [topic] }, 'ship'],
  ['events topics', `GET ${base}/topics`, { items: [topic] }, 'ship'],
  ['event topic get placed', `GET ${base}/topics/placed`, detail, `open since ${at}`],
  ['events dlq list', `GET ${base}/dlq?limit=100`, { items: [letter] }, 'no luck'],
  ['events dlq', `GET ${base}/dlq?limit=100`, { items: [letter] }, 'no luck'],
  ['events dlq list --topic placed', `GET ${base}/dlq?limit=100&topic=placed`, { items: [letter] }, 'd1'],
  ['events dlq inspect d1', `GET ${base}/dlq/d1`, { ...letter, payload: { item: 'i' } }, '"item": "i"'],
  ['events dlq replay d1 d2', `POST ${base}/dlq/replay`, { replayed: 2 }, '2 to be delivered again'],
  ['events dlq replay --all', `POST ${base}/dlq/replay`, { replayed: 9 }, '9 to be delivered again'],
  ['events dlq purge --topic placed --yes', `POST ${base}/dlq/purge`, { purged: 3 }, '3 thrown away'],
  ['events breaker reset ship', `POST ${base}/breakers/ship/reset`, { subscription: 'ship', wasOpen: true }, 'ship'],
])('stk %s prints what the Hub says, as it is and for people', async (args, route, data, words) => {
  const plain = await answer(args, route, data);
  expect(plain.stderr + plain.stdout).toContain(words);
  expect(plain.exitCode).toBe(0);
  const json = await answer(`${args} --json`, route, data);
  expect(JSON.parse(json.stdout)).toEqual(data);
});

it.each([
  ['events dlq replay', 2],
  ['events dlq inspect', 2],
  ['events dlq purge --all', 3],
  ['events breaker reset', 2],
  ['events topics get', 2],
])('stk %s ends with %i', async (args, exitCode) => {
  expect((await answer(args, `GET ${base}`, {})).exitCode).toBe(exitCode);
});
