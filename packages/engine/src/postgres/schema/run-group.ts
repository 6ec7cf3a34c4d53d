import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from './apply-error.ts';
import type { StatementGroup } from './schema-plan.ts';
import type { Session } from './session.ts';

export interface RunOptions {
  /** How long a lock that stops traffic is waited for before the attempt is given up. Default 400. */
  readonly lockTimeoutMs?: number;
  /** How long attempts for one step go on. Default 60,000. */
  readonly retryForMs?: number;
  /** The most that a statement which lets traffic pass may take. Default 6 hours. */
  readonly longStatementMs?: number;
}

/** With values for the parameters of its statements. */
interface BoundGroup extends StatementGroup {
  readonly params?: readonly string[];
}

const BRIEF_STATEMENT_MS = 20_000;
const LEAST_LOCK_MS = 50;

/**
 * Runs statements that stand or fall together, again and again while a lock is not had in time.
 * @throws what the database or the connection failed with
 */
export async function runGroup(session: Session, group: BoundGroup, options: RunOptions): Promise<void> {
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

async function runTransaction(session: Session, group: BoundGroup, options: RunOptions): Promise<void> {
  const statementMs = group.duration === 'brief' ? BRIEF_STATEMENT_MS : longStatementMs(options);
  await session.run('BEGIN');
  try {
    await session.run(`SET LOCAL lock_timeout = ${lockMs(group, options)}`);
    await session.run(`SET LOCAL statement_timeout = ${statementMs}`);
    for (const statement of group.statements) await session.run(statement, group.params);
    await session.run('COMMIT');
  } catch (thrown) {
    await rollback(session);
    throw thrown;
  }
}

/** For each of its locks, so that the first is not held for long while it waits for the last. */
function lockMs({ locks = 1 }: StatementGroup, { lockTimeoutMs = 400 }: RunOptions): number {
  return locks === 1 ? lockTimeoutMs : Math.max(Math.floor(lockTimeoutMs / locks), LEAST_LOCK_MS);
}

/** Concurrent index work waits for older transactions without standing in anybody's way, so its lock has no timeout. */
async function runAlone(session: Session, group: StatementGroup, options: RunOptions): Promise<void> {
  await session.run('SET lock_timeout = 0');
  await session.run(`SET statement_timeout = ${longStatementMs(options)}`);
  for (const statement of group.statements) await session.run(statement);
}

/** The most that a statement which lets traffic pass may take. */
export function longStatementMs(options: RunOptions): number {
  return options.longStatementMs ?? 6 * 60 * 60 * 1_000;
}

async function cleanUp(session: Session, statement: string, options: RunOptions): Promise<void> {
  const group: StatementGroup = { mode: 'alone', duration: 'long', statements: [statement] };
  // What is not cleared away now is found by the next plan; the error that led here says more than one from here would.
  await runAlone(session, group, options).catch(() => undefined);
}

async function rollback(session: Session): Promise<void> {
  // Without a connection there is nothing to roll back, and the first error is the one to report.
  await session.run('ROLLBACK').catch(() => undefined);
}
