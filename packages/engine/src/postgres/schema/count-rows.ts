import type { Sql } from 'postgres';
import { databaseError } from '../database-error.ts';
import { sqlState } from './apply-error.ts';
import { quoteIdentifier } from './identifier.ts';
import type { RowSet, SchemaPlan, SchemaStep } from './schema-plan.ts';
import { type Session, withSession } from './session.ts';

export interface CountOptions {
  /** What counting may take in all; what is not counted by then is estimated. Default 10,000. */
  readonly budgetMs?: number;
}

/** So that one great table does not use up what all the others need. */
const SHARE_OF_ONE_COUNT = 1 / 3;
const ESTIMATE_TIMEOUT_MS = 2_000;

/**
 * Query cancelled; undefined table, column, object, function, and a column that an interrupted step made already: what a step counts may only come to be by an earlier step; a bound that
 * is beyond every number.
 */
const SKIPPED_CODES = new Set(['57014', '42P01', '42703', '42702', '42704', '42883', '22003']);

/**
 * The plan with the number of rows that each step concerns: counted, those of destructive steps first, or estimated by the database
 * from its statistics where counting takes too long.
 * @throws StkError `SERVICE_UNAVAILABLE`, or a `DatabaseError`
 */
export async function countRows(sql: Sql, plan: SchemaPlan, options: CountOptions = {}): Promise<SchemaPlan> {
  if (plan.steps.every((step) => step.concerns === undefined)) return plan;
  try {
    return await withSession(sql, async (session) => {
      await session.run('SET default_transaction_read_only = on');
      await session.run('SET search_path = public');
      const counter = new Counter(session, options.budgetMs ?? 10_000);
      const byImportance = plan.steps.toSorted((a, b) => rank(a) - rank(b));
      for (const { concerns } of byImportance) if (concerns !== undefined) await counter.count(concerns);
      return { ...plan, steps: plan.steps.map((step) => ({ ...step, ...counter.resultFor(step) })) };
    });
  } catch (thrown) {
    throw databaseError(thrown);
  }
}

function rank(step: SchemaStep): number {
  return step.class === 'destructive' ? 0 : 1;
}

type Count = Pick<SchemaStep, 'rows' | 'rowsEstimated'>;

/** Counts each set of rows once, within a budget of time. */
class Counter {
  readonly #session: Session;
  readonly #mostMs: number;
  readonly #endMs: number;
  readonly #results = new Map<string, Count>();

  constructor(session: Session, budgetMs: number) {
    this.#session = session;
    this.#mostMs = budgetMs * SHARE_OF_ONE_COUNT;
    this.#endMs = performance.now() + budgetMs;
  }

  resultFor({ concerns }: SchemaStep): Count {
    return concerns === undefined ? {} : (this.#results.get(keyOf(concerns)) ?? {});
  }

  async count(rows: RowSet): Promise<void> {
    const key = keyOf(rows);
    if (this.#results.has(key)) return;
    const timeMs = Math.floor(Math.min(this.#mostMs, this.#endMs - performance.now()));
    const exact = timeMs < 1 ? undefined : await this.#within(timeMs, () => countExactly(this.#session, rows));
    if (exact !== undefined) {
      this.#results.set(key, { rows: exact });
      return;
    }
    const estimate = await this.#within(ESTIMATE_TIMEOUT_MS, () => estimateRows(this.#session, rows));
    this.#results.set(key, estimate === undefined ? {} : { rows: estimate, rowsEstimated: true });
  }

  async #within(timeMs: number, work: () => Promise<number>): Promise<number | undefined> {
    try {
      await this.#session.run(`SET statement_timeout = ${timeMs}`);
      return await work();
    } catch (thrown) {
      if (SKIPPED_CODES.has(sqlState(thrown) ?? '')) return undefined;
      throw thrown;
    }
  }
}

function keyOf(rows: RowSet): string {
  return JSON.stringify([rows.from, rows.where, rows.sharing]);
}

async function countExactly(session: Session, rows: RowSet): Promise<number> {
  const counted =
    rows.sharing === undefined
      ? `SELECT count(*) AS rows ${tail(rows)}`
      : `SELECT coalesce(sum(n), 0) AS rows FROM (SELECT count(*) AS n ${tail(rows)} HAVING count(*) > 1) AS shared`;
  const [row] = await session.run<{ rows: string }>(counted);
  return Number(row?.rows);
}

/** By the planner, from the statistics of the last ANALYZE. Of rows that share values, those beyond the first of each value. */
async function estimateRows(session: Session, { sharing, ...rows }: RowSet): Promise<number> {
  const all = await plannedRows(session, rows);
  return sharing === undefined ? all : Math.max(0, all - (await plannedRows(session, { ...rows, sharing })));
}

async function plannedRows(session: Session, rows: RowSet): Promise<number> {
  const [row] = await session.run<{ 'QUERY PLAN': readonly [{ Plan: { 'Plan Rows': number } }] }>(
    `EXPLAIN (FORMAT JSON) SELECT ${tail(rows)}`,
  );
  return Number(row?.['QUERY PLAN'][0].Plan['Plan Rows']);
}

/** Nulls are distinct, so they share nothing. */
function tail({ from, where, sharing }: RowSet): string {
  const columns = (sharing ?? []).map(quoteIdentifier);
  const conditions = [
    ...(where === undefined ? [] : [`(${where})`]),
    ...columns.map((column) => `${column} IS NOT NULL`),
  ];
  const filter = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `FROM ${from}${filter}${columns.length === 0 ? '' : ` GROUP BY ${columns.join(', ')}`}`;
}
