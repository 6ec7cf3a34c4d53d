import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHubServer } from './hub-server.ts';
import { stk } from './memory-streams.ts';

const TEXT = `# TYPE stk_hub_requests_total counter
stk_hub_requests_total{path="/healthz",status="200"} 3
# TYPE stk_hub_request_duration_seconds histogram
stk_hub_request_duration_seconds_bucket{le="+Inf"} 4
stk_hub_request_duration_seconds_sum 0.5
stk_hub_request_duration_seconds_count 4
process_cpu_seconds_total 1
`;
let hub: Awaited<ReturnType<typeof startHubServer>>;
beforeAll(async () => {
  hub = await startHubServer({ 'GET /metrics': { status: 200, body: TEXT } });
});
afterAll(() => hub.stop());

const run = (...args: string[]) =>
  stk(['metrics', ...args], { cwd: tmpdir(), variables: { STK_HUB_URL: hub.url, STK_TOKEN: 'secret-token' } });

it('metrics shows the figures of Santokit, and needs no token', async () => {
  const { exitCode, stdout } = await run();
  expect([exitCode, stdout.split('\n').map((line) => line.replace(/ +/g, ' '))]).toEqual([
    0,
    [
      `hub ${hub.url}`,
      'FIGURE OF VALUE',
      'stk_hub_requests_total path=/healthz status=200 3',
      'stk_hub_request_duration_seconds 4, on average 0.125',
      '',
    ],
  ]);
  expect(hub.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
});

it('metrics shows those whose name has a part, and with --all also those of the process', async () => {
  expect((await run('requests')).stdout).not.toContain('duration');
  expect((await run('cpu', '--all')).stdout).toContain('process_cpu_seconds_total');
});

it('metrics says which of several cannot be asked, and fails', async () => {
  const { exitCode, stdout } = await run('--json', '--bridge-url', `${hub.url},${hub.url}/elsewhere`);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout).items).toMatchObject([
    { source: 'hub', reason: null },
    { source: 'bridge', reason: null },
    { source: 'bridge', reason: 'it answered 404', metrics: [] },
  ]);
});
