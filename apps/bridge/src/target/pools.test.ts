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
  pools.update({ connections: [{ name: 'main', engine: 'postgres', url, version: 1 }] });
  const answer = await pools.databases.get('main')?.query('show statement_timeout', []);
  await pools.close(1_000);
  await drop();
  expect(answer?.rows).toEqual([['45s']]);
});
