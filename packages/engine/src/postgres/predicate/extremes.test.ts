import type { Json, RequestContext } from '@santokit/contract';
import { compileExpression, evaluate } from '@santokit/policy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXTREME_CASES, EXTREME_COLUMNS, EXTREMES, EXTREMES_DDL, type ExtremeCase } from './testing/extreme-cases.ts';
import { RowsInPostgres } from './testing/rows-in-postgres.ts';

describe('extremes mean the same in memory and in PostgreSQL', () => {
  let rows: RowsInPostgres;

  beforeAll(async () => {
    rows = await RowsInPostgres.create(EXTREMES, EXTREMES_DDL);
  });
  afterAll(() => rows?.drop());

  for (const [guarantee, cases] of Object.entries(EXTREME_CASES)) {
    it.each(cases)(`${guarantee}: $condition of $row is $means`, async (example) => {
      const { condition, means, row = {}, params = null } = example;
      const request: RequestContext = {
        auth: { type: 'user', sub: 'u1', roles: [], claims: {} },
        params,
        timeMs: Date.UTC(2024, 0, 2),
        env: 'dev',
      };
      const outcome = evaluate(compileExpression(condition, EXTREMES), { request, row: answered(row) });
      expect({ memory: outcome.type === 'bool' ? outcome.value : 'error' }).toEqual({ memory: means });
      await insert(rows, row);
      const { answers, text } = await rows.answers(condition, request);
      expect({ database: answers }, text).toEqual({ database: [means] });
    });
  }
});

type RowOf = NonNullable<ExtremeCase['row']>;

function answered(row: RowOf): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, Array.isArray(value) ? (value[1] ?? null) : (value as Json)]),
  );
}

/** The one row that there is. */
async function insert({ sql }: RowsInPostgres, row: RowOf): Promise<void> {
  await sql.unsafe('truncate extremes');
  const names = Object.keys(row);
  if (names.length === 0) return void (await sql.unsafe('insert into extremes default values'));
  const values = Object.values(row).map((value) => String(Array.isArray(value) ? value[0] : value));
  const params = names.map(
    (name, i) =>
      `$${i + 1}::text::${EXTREME_COLUMNS[name]?.native ?? SQL_TYPES[EXTREME_COLUMNS[name]?.type ?? 'string']}`,
  );
  await sql.unsafe(
    `insert into extremes (${names.map((name) => `"${name}"`).join()}) values (${params.join()})`,
    values,
  );
}

const SQL_TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'boolean',
  bigint: 'bigint',
  float: 'float8',
  decimal: 'numeric',
  timestamp: 'timestamptz',
  date: 'date',
  uuid: 'uuid',
};
