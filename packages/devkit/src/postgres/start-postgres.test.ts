import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startPostgres } from './start-postgres.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'santokit-start-'));
});
afterEach(async () => rm(dataDir, { recursive: true, force: true }));

const entry = new URL('./start-postgres.ts', import.meta.url).href;
const program = `
  const { startPostgres } = await import(${JSON.stringify(entry)});
  const server = await startPostgres({ dataDir: process.argv[1], durable: false });
  console.log(server.url);
`;

it('keeps its data between runs', async () => {
  const first = await startPostgres({ dataDir });
  const before = postgres(first.url, { max: 1 });
  await before`create table kept as select 42 as answer`;
  await before.end();
  await first.stop();
  const second = await startPostgres({ dataDir });
  const after = postgres(second.url, { max: 1 });
  expect(await after`select answer from kept`).toEqual([{ answer: 42 }]);
  await after.end();
  await second.stop();
});

it('is started to the end, even by a program that does nothing else', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, dataDir]);
  expect(stdout).toMatch(/^postgres:\/\//);
});

it('is refused a second time on the same folder, in one clear message', async () => {
  const server = await startPostgres({ dataDir, durable: false });
  await expect(startPostgres({ dataDir, durable: false })).rejects.toThrow(/in use|running/i);
  await server.stop();
});

it('ends when the program that started it is killed', async () => {
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `${program} setInterval(() => {}, 1000);`,
    dataDir,
  ]);
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  const url = chunk.toString().trim();
  child.kill('SIGKILL');
  await expect
    .poll(
      async () => {
        const sql = postgres(url, { max: 1, connect_timeout: 2 });
        try {
          await sql`select 1`;
          return 'answers';
        } catch {
          return 'gone';
        } finally {
          await sql.end({ timeout: 1 });
        }
      },
      { timeout: 20_000 },
    )
    .toBe('gone');
});
