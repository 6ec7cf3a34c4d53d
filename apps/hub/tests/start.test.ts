import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const KEY = Buffer.alloc(32, 7).toString('base64');
let database: TestDatabase;
let firstRun: { code: number | null; output: string; ms: number };
beforeAll(async () => {
  database = await createTestDatabase();
  firstRun = await run(environment());
});
afterAll(() => database.drop());

/** Starts the Hub as a process; it is stopped as soon as it listens. */
async function run(environment: Record<string, string>): Promise<typeof firstRun> {
  let toldMs = performance.now();
  const { PATH = '' } = process.env;
  const hub = spawn(process.execPath, [MAIN], { env: { PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const read = (chunk: Buffer) => {
    output += chunk.toString();
    if (!output.includes('is listening') || hub.killed) return;
    toldMs = performance.now();
    hub.kill('SIGTERM');
  };
  hub.stdout.on('data', read);
  hub.stderr.on('data', read);
  const [code] = await once(hub, 'close');
  return { code, output, ms: performance.now() - toldMs };
}

const environment = () => ({
  STK_HUB_DATABASE_URL: database.url,
  STK_HUB_MASTER_KEY: KEY,
  STK_HUB_PORT: '0',
  STK_HUB_HOST: '127.0.0.1',
});

it('a Hub that is told to stop ends within seconds, with 0', () => {
  expect(firstRun).toMatchObject({ code: 0, output: expect.stringContaining('"msg":"Hub is listening"') });
  expect(firstRun.ms).toBeLessThan(10_000);
});

it.each([
  {
    case: 'variables that are missing or malformed, all at once',
    given: {
      STK_HUB_DATABASE_URL: '',
      STK_HUB_MASTER_KEY: 'short',
      STK_HUB_PORT: 'x',
      STK_JOBS_URL: 'mysql://u:hidden@h/jobs',
      STK_OTEL_ENABLED: 'true',
      STK_OTEL_SAMPLE_RATE: 'often',
    },
    says: [
      'STK_HUB_DATABASE_URL is not set',
      'STK_HUB_MASTER_KEY is not 32 bytes',
      'STK_HUB_PORT is not a port',
      'STK_JOBS_URL is not a redis, rediss or postgres URL',
      'STK_OTEL_SAMPLE_RATE is not a number from 0 to 1',
      'STK_OTEL_ENDPOINT is not set, but STK_OTEL_ENABLED is true',
    ],
  },
  {
    case: 'a master key that sealed nothing here',
    given: { STK_HUB_MASTER_KEY: Buffer.alloc(32, 8).toString('base64') },
    says: ['STK_HUB_MASTER_KEY is not the key that the secrets in this database were sealed with'],
  },
  {
    case: 'a database that is not there',
    given: { STK_HUB_DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/hub' },
    says: ['ECONNREFUSED'],
  },
])('$case: one plain message and exit code 1', async ({ given, says }) => {
  const { code, output } = await run({ ...environment(), ...given });
  expect(code).toBe(1);
  for (const line of says) expect(output).toContain(line);
  expect(output).not.toMatch(/^\s+at /m);
  expect(output).not.toContain('hidden');
});
