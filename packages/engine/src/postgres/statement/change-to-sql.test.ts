import type { Json, Schema } from '@santokit/contract';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../database.ts';
import { ANYTHING, plannedOn, table } from '../../statement/testing/shop.ts';
import { connect } from '../connect.ts';

const SCHEMA: Schema = {
  gauges: table('gauges', {
    id: { type: 'string' },
    full: { type: 'float', nullable: true },
    tight: { type: 'decimal', native: 'numeric(5,2)', nullable: true },
    short: { type: 'float', native: 'real', nullable: true },
  }),
};

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 1, applicationName: 'gauges' });
  await database.query(
    'create table gauges (id text primary key, "full" float8, short float4, tight numeric(5,2))',
    [],
  );
});
afterAll(async () => {
  await database?.close(1_000);
  await test?.drop();
});

const MAX = Number.MAX_VALUE;
/** Half of the step between the greatest double and what would follow it. */
const HALF_STEP = 2 ** 970;
const MAX_REAL = 3.4028234663852886e38;
const LEAST = Number.MIN_VALUE;

describe('$inc of a float', () => {
  it.each([
    ['full', 1.5, -0.25, 1.25],
    ['full', null, MAX, null],
    ['full', MAX, -MAX, 0],
    ['full', MAX, 1, MAX],
    ['full', MAX, HALF_STEP, 'full'],
    ['full', MAX, MAX, 'full'],
    ['full', -MAX, -1e300, 'full'],
    ['full', -1e300, MAX, MAX - 1e300],
    ['full', LEAST, LEAST, 2 * LEAST],
    ['full', LEAST, -LEAST, 0],
    ['short', 0.5, 0.25, 0.75],
    ['short', MAX_REAL, 1, MAX_REAL],
    ['short', MAX_REAL, MAX_REAL, 'short'],
    ['short', -1, -1e300, 'short'],
    ['short', 1, MAX, 'short'],
    ['short', null, 1, null],
  ] as const)('of %s, %d and %d: %s, or an error that names the column', async (column, old, $inc, sum) => {
    await database.query('delete from gauges', []);
    await database.query(`insert into gauges (id, "${column}") values ('a', $1::float8)`, [
      old === null ? null : `${old}`,
    ]);
    const params: Json = { where: { id: 'a' }, data: { [column]: { $inc } } };
    const { plan, params: values } = plannedOn({
      schema: SCHEMA,
      operation: 'update',
      name: 'gauges',
      params,
      rule: ANYTHING,
    });
    const outcome = await database.query(plan.text, values).then(
      async () => {
        const { rows } = await database.query(`select "${column}" from gauges`, []);
        return rows[0]?.[0] == null ? null : Number(rows[0][0]);
      },
      (error) => [error.code, Object.keys(SCHEMA.gauges?.columns ?? {})[Number(error.column)]],
    );
    const expected = typeof sum === 'string' ? ['STK03', sum] : sum;
    expect(column === 'short' && typeof outcome === 'number' ? Math.fround(outcome) : outcome).toEqual(expected);
  });
});

describe('$inc of a decimal whose digits only its pinned type says', () => {
  const increase = async ($inc: string) => {
    await database.query('delete from gauges', []);
    await database.query("insert into gauges (id, tight) values ('a', 999.00)", []);
    const params: Json = { where: { id: 'a' }, data: { tight: { $inc } } };
    const call = { schema: SCHEMA, operation: 'update', name: 'gauges', params, rule: ANYTHING } as const;
    const { plan, params: values } = plannedOn(call);
    await database.query(plan.text, values);
    return (await database.query('select tight from gauges', [])).rows[0]?.[0];
  };

  it('names the column that it would leave, and rounds nothing in silence', async () => {
    expect(await increase('0.99')).toBe('999.99');
    const place = Object.keys(SCHEMA.gauges?.columns ?? {}).indexOf('tight');
    await expect(increase('1.00')).rejects.toMatchObject({ code: 'STK03', column: String(place) });
    await expect(increase('0.001')).rejects.toMatchObject({ code: 'BAD_REQUEST', details: { column: 'tight' } });
  });
});
