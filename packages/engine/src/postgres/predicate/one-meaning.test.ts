import type { Json, RequestContext } from '@santokit/contract';
import { compileExpression, ExpressionFault, evaluate, prepareExpression } from '@santokit/policy';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collatedCondition } from './testing/collated-conditions.ts';
import { condition, request, row, THINGS, THINGS_DDL } from './testing/random-expressions.ts';
import { type Answer, RowsInPostgres, renderPredicate } from './testing/rows-in-postgres.ts';

/** Random expressions of a run, each asked of all rows; more for a longer search. Some are refused at apply. */
const EXPRESSIONS = Number(process.env.STK_TEST_EXPRESSIONS ?? 600);
const ROWS = 300;
/** (expression, row) pairs that a run of the default length compares at least. */
const LEAST_PAIRS = 100_000;

describe('an expression means the same in memory and in PostgreSQL', () => {
  let stored: RowsInPostgres;
  const rows = fc.sample(row, { numRuns: ROWS, seed: 20_240_229 }).map((values, id) => ({ id, ...values }));

  beforeAll(async () => {
    stored = await RowsInPostgres.create(THINGS, THINGS_DDL);
    await stored.sql.unsafe(
      'insert into things select * from jsonb_populate_recordset(null::things, $1::text::jsonb)',
      [JSON.stringify(rows)],
    );
  });
  afterAll(() => stored?.drop());

  it('over random expressions, requests and rows', { timeout: 3_600_000 }, async () => {
    const pairs = await comparedPairs(condition, EXPRESSIONS);
    process.stdout.write(`${pairs} (expression, row) pairs mean the same in memory and in PostgreSQL\n`);
    expect(pairs).toBeGreaterThanOrEqual((LEAST_PAIRS * EXPRESSIONS) / 600);
  });

  it('whatever the collations of texts', { timeout: 3_600_000 }, async () => {
    const pairs = await comparedPairs(collatedCondition, EXPRESSIONS / 2);
    process.stdout.write(`${pairs} of them on texts of every collation\n`);
    expect(pairs).toBeGreaterThanOrEqual((LEAST_PAIRS * EXPRESSIONS) / 1_800);
  });

  async function comparedPairs(conditions: fc.Arbitrary<string>, numRuns: number): Promise<number> {
    let pairs = 0;
    const property = fc.asyncProperty(conditions, request, async (source, context) => {
      const memory = inMemory(source, context, rows);
      if (memory === undefined) return;
      pairs += rows.length;
      const { answers, text } = await stored.answers(source, context);
      expect(answers, text).toEqual(memory);
    });
    await fc.assert(property, { numRuns });
    return pairs;
  }
});

describe('the text of a predicate', () => {
  it('depends on the shape of what the request answers, never on a value', () => {
    let compared = 0;
    const property = fc.property(condition, request, request, (source, one, other) => {
      const expression = compiledOrRefused(source);
      if (expression === undefined) return;
      const prepared = prepareExpression(expression);
      const [first, second] = [prepared.bind(one), prepared.bind(other)];
      if (first.shape !== second.shape) return;
      compared++;
      const a = renderPredicate(prepared, first.slots, THINGS);
      const b = renderPredicate(prepared, second.slots, THINGS);
      expect(a.text).toBe(b.text);
      // A plan that was built for one request binds the values of another.
      expect(a.encoders.map((encode) => encode(second.slots))).toEqual(
        b.encoders.map((encode) => encode(second.slots)),
      );
    });
    fc.assert(property, { numRuns: 1_000 });
    expect(compared).toBeGreaterThan(100);
  });
});

/** The answer for each row; undefined for an expression that is refused at apply. */
function inMemory(
  source: string,
  context: RequestContext,
  rows: readonly Record<string, Json>[],
): Answer[] | undefined {
  const expression = compiledOrRefused(source);
  if (expression === undefined) return undefined;
  return rows.map((values) => {
    const outcome = evaluate(expression, { request: context, row: values });
    return outcome.type === 'bool' ? outcome.value : 'error';
  });
}

function compiledOrRefused(source: string) {
  try {
    return compileExpression(source, THINGS);
  } catch (error) {
    if (error instanceof ExpressionFault) return undefined;
    throw error;
  }
}
