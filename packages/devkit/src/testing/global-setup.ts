import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../postgres/start-postgres.ts';

/**
 * Vitest's global setup: one PostgreSQL for the whole run, in a folder that goes with it. A server that is named in
 * `STK_TEST_POSTGRES_URL` beforehand is used instead. Answers the function that ends it.
 */
export async function setup(): Promise<() => Promise<void>> {
  if (process.env.STK_TEST_POSTGRES_URL) return async () => undefined;
  const dataDir = await mkdtemp(join(tmpdir(), 'santokit-test-'));
  const server = await startPostgres({ dataDir, durable: false, removeDataOnStop: true });
  process.env.STK_TEST_POSTGRES_URL = server.url;
  return () => server.stop();
}
