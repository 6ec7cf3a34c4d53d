import { setTimeout as sleep } from 'node:timers/promises';
import { StkError } from '@santokit/contract';
import type { Sql } from 'postgres';
import { databaseError } from '../database-error.ts';
import { applyError, isPassing } from './apply-error.ts';
import type { SchemaPlan, SchemaStep, StatementGroup } from './schema-plan.ts';
import { type Session, withSession } from './session.ts';

export interface ApplyOptions {
  /** Called before and after each step; `ms` is how long it took. */
  readonly onStep?: (event: ApplyEvent) => void;
  /** How long a lock that stops traffic is waited for before the attempt is given up. Default 400. */
  readonly lockTimeoutMs?: number;
  /** How long attempts for one step go on. Default 60,000. */
  readonly retryForMs?: number;
  /** The most that a statement which lets traffic pass may take. Default 6 hours. */
  readonly longStatementMs?: number;
}

export interface ApplyEvent {
  readonly step: SchemaStep;
  readonly index: number;
  readonly status: 'started' | 'done';
  readonly ms: number;
}

/** Two numbers that only Santokit uses: `STKT` in ASCII, and what is locked. Advisory locks belong to one database. */
const LOCK_DATABASE = 'SELECT pg_try_advisory_lock(1398033236, 1) AS locked';
const BRIEF_STATEMENT_MS = 20_000;

/**
 * Runs the steps of a plan in order on a database under traffic, one apply at a time for each database. Locks that stop traffic are
 * waited for briefly and asked for again. What was done when a step fails stays done: plan and apply again to go on.
 * @throws StkError `CONFLICT` when another apply runs, a step is unsupported or fails; `SERVICE_UNAVAILABLE`
 */
export async function applySteps(sql: Sql, plan: Pick<SchemaPlan, 'steps'>, options: ApplyOptions = {}): Promise<void> {
  const impossible = plan.steps.find((step) => step.class === 'unsupported');
  if (impossible !== undefined) {
    throw new StkError(
      'CONFLICT',
      `Cannot ${impossible.what} (table ${impossible.table}). ${impossible.advice ?? ''}`.trim(),
    );
  }
  if (plan.steps.length === 0) return;
  await withSession(sql, async (session) => {
    await prepare(session);
    for (const [index, step] of plan.steps.entries()) await applyStep(session, step, index, options);
  });
}

/** The lock and the settings end with the session. */
async function prepare(session: Session): Promise<void> {
  const [row] = await session.run<{ locked: boolean }>(LOCK_DATABASE).catch((thrown: unknown) => {
    throw databaseError(thrown);
  });
  if (row?.locked !== true) {
    throw new StkError('CONFLICT', 'Another apply is changing this database; run it again when that one is done');
  }
  await session.run('SET search_path = public');
}

async function applyStep(session: Session, step: SchemaStep, index: number, options: ApplyOptions): Promise<void> {
  const startedMs = performance.now();
  options.onStep?.({ step, index, status: 'started', ms: 0 });
  for (const group of step.groups) {
    try {
      await runGroup(session, group, options);
    } catch (thrown) {
      throw applyError(step, thrown);
    }
  }
  options.onStep?.({ step, index, status: 'done', ms: performance.now() - startedMs });
}

async function runGroup(session: Session, group: StatementGroup, options: ApplyOptions): Promise<void> {
  const endMs = performance.now() + (options.retryForMs ?? 60_000);
  for (let attempt = 0; ; attempt++) {
    try {
      return group.mode === 'alone'
        ? await runAlone(session, group, options)
        : await runTransaction(session, group, options);
    } catch (thrown) {
      if (group.cleanUp !== undefined) await cleanUp(session, group.cleanUp, options);
      if (!isPassing(thrown) || performance.now() >= endMs) throw thrown;
    }
    // Pauses grow to 2 s and are random, so that traffic which queued up passes and two rivals do not meet again.
    await sleep(Math.min(100 * 2 ** attempt, 2_000) * (0.5 + Math.random() / 2));
  }
}

async function runTransaction(session: Session, group: StatementGroup, options: ApplyOptions): Promise<void> {
  const statementMs = group.duration === 'brief' ? BRIEF_STATEMENT_MS : longStatementMs(options);
  await session.run('BEGIN');
  try {
    await session.run(`SET LOCAL lock_timeout = ${options.lockTimeoutMs ?? 400}`);
    await session.run(`SET LOCAL statement_timeout = ${statementMs}`);
    for (const statement of group.statements) await session.run(statement);
    await session.run('COMMIT');
  } catch (thrown) {
    await rollback(session);
    throw thrown;
  }
}

/** Concurrent index work waits for older transactions without standing in anybody's way, so its lock has no timeout. */
async function runAlone(session: Session, group: StatementGroup, options: ApplyOptions): Promise<void> {
  await session.run('SET lock_timeout = 0');
  await session.run(`SET statement_timeout = ${longStatementMs(options)}`);
  for (const statement of group.statements) await session.run(statement);
}

function longStatementMs(options: ApplyOptions): number {
  return options.longStatementMs ?? 6 * 60 * 60 * 1_000;
}

async function cleanUp(session: Session, statement: string, options: ApplyOptions): Promise<void> {
  const group: StatementGroup = { mode: 'alone', duration: 'long', statements: [statement] };
  // What is not cleared away now is found by the next plan; the error that led here says more than one from here would.
  await runAlone(session, group, options).catch(() => undefined);
}

async function rollback(session: Session): Promise<void> {
  // Without a connection there is nothing to roll back, and the first error is the one to report.
  await session.run('ROLLBACK').catch(() => undefined);
}
