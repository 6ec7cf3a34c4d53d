import { createTestDatabase } from '@santokit/devkit';
import { expect, it } from 'vitest';
import { Pools } from './pools.ts';

it('a pool lets statements run as long as the Bridge allows, also where that is longer than the default', async () => {
  const { url, drop } = await createTestDatabase();
  const pools = new Pools({
    poolMax: 1,
    statementTimeoutMs: 45_000,
    drainMs: 0,
    onProblem: () => undefined,
    onStatementEnd: () => undefined,
  });
  await pools.update({ connections: [{ name: 'main', engine: 'postgres', url, version: 1 }] });
  const answer = await pools.databases.get('main')?.query('show statement_timeout', []);
  await pools.close(1_000);
  await drop();
  expect(answer?.rows).toEqual([['45s']]);
});

it('a database that works is left only for one that answers', async () => {
  const { url, drop } = await createTestDatabase();
  const problems: string[] = [];
  const pools = new Pools({
    poolMax: 1,
    statementTimeoutMs: 30_000,
    drainMs: 0,
    onProblem: (message) => problems.push(message),
    onStatementEnd: () => undefined,
  });
  const away = new URL(url);
  away.port = '1';
  const at = (version: number, to: string) => ({
    connections: [{ name: 'main', engine: 'postgres' as const, url: to, version }],
  });
  expect(await pools.update(at(1, url))).toBe(true);
  expect(await pools.update(at(2, away.href))).toBe(false);
  expect(pools.versions()).toEqual({ main: 1 });
  expect((await pools.databases.get('main')?.query('select 1', []))?.rows).toEqual([['1']]);
  expect(problems).toEqual(['Connection main version 2 does not answer; version 1 stays in use']);

  expect(await pools.update(at(3, `${url}?application_name=other`))).toBe(true);
  expect(pools.versions()).toEqual({ main: 3 });
  await pools.close(1_000);
  await drop();
});
