import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { startHubServer } from './hub-server.ts';
import { stk } from './memory-streams.ts';

const base = '/api/v1/projects/shop/envs/dev/crons';
const at = '2026-01-02T03:00:00.000Z';
const cron = {
  name: 'tidy',
  schedule: '0 3 * * *',
  everySeconds: null,
  handler: 'logics/tidy',
  timeoutSeconds: 30,
  enabled: true,
  nextAt: at,
};
const run = {
  id: '1',
  cron: 'tidy',
  status: 'failed',
  manual: true,
  dueAt: at,
  startedAt: at,
  durationMs: 3,
  error: 'no luck',
};
const requested = { id: '1', cron: 'tidy', status: 'requested' };
const explained = { ...cron, words: 'at minute 0, hour 3 (UTC)', next: [at] };

async function answer(args: string, route: string, data: unknown) {
  const hub = await startHubServer({ [route]: { status: 200, body: { data } } });
  const variables = { STK_HUB_URL: hub.url, STK_PROJECT: 'shop', STK_ENV: 'dev', STK_TOKEN: 'secret-token' };
  const result = await stk(args.split(' '), { cwd: tmpdir(), variables });
  await hub.stop();
  return result;
}

it.each<[string, string, unknown, string]>([
  ['cron list', `GET ${base}`, { items: [cron] }, '0 3 * * *'],
  [
    'cron list',
    `GET ${base}`,
    { items: [21_600, 90, 86_400].map((everySeconds) => ({ ...cron, schedule: null, everySeconds })) },
    'every 6h',
  ],
  ['crons status', `GET ${base}/runs?limit=50`, { items: [run] }, 'no luck'],
  ['cron status tidy --limit 1', `GET ${base}/runs?limit=1&name=tidy`, { items: [run] }, 'asked for'],
  ['cron trigger tidy', `POST ${base}/tidy/trigger`, requested, 'a Bridge runs it within seconds'],
  ['cron explain --name tidy', `GET ${base}/tidy/explain`, explained, 'at minute 0, hour 3 (UTC)'],
])('stk %s prints what the Hub says, as it is and for people', async (args, route, data, words) => {
  const plain = await answer(args, route, data);
  expect(plain.stdout).toContain(words);
  expect(plain.exitCode).toBe(0);
  const json = await answer(`${args} --json`, route, data);
  expect(JSON.parse(json.stdout)).toEqual(data);
});

it.each(['cron trigger', 'cron explain', 'cron status --limit 0', 'cron status --limit x'])(
  'stk %s is wrong usage',
  async (args) => {
    expect((await answer(args, `GET ${base}`, {})).exitCode).toBe(2);
  },
);
