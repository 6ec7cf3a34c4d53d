import { expect, test } from 'vitest';
import { changeTester } from './testing/change-case.ts';
import { declare } from './testing/declare.ts';

const database = changeTester();
const TABLES = 300;

test(`${TABLES} tables of 20 columns are created, read, pulled and planned in seconds`, {
  timeout: 60_000,
}, async () => {
  const scratch = await database.empty();
  const tables = Array.from({ length: TABLES }, (_, index) => {
    const columns = Array.from({ length: 18 }, (_, position) => [
      `c${position}`,
      { type: 'string' as const, nullable: true },
    ]);
    const parent = { type: 'string' as const, nullable: true, references: { table: `t${Math.floor(index / 2)}` } };
    return declare(`t${index}`, {
      columns: { ...Object.fromEntries(columns), parent_id: parent },
      indexes: [{ columns: ['parent_id'] }],
    });
  });
  await scratch.migrate(tables);

  const startedMs = performance.now();
  const pulled = await scratch.pull();
  const rest = await scratch.rest(pulled.tables);
  const ms = performance.now() - startedMs;

  expect(pulled.tables).toHaveLength(TABLES);
  expect(rest).toEqual({ steps: [], drift: 0 });
  expect(ms).toBeLessThan(10_000);
});
