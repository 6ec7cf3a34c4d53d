import { databaseOfLogic, logicNamed, runLogic, type Serving } from '@santokit/calls';
import { type CompiledCron, StkError, toStkError } from '@santokit/contract';
import { type CronRuns, type Database, DatabaseError, engineNamed } from '@santokit/engine';
import { inSteps, type TraceSpan } from '@santokit/telemetry';
import type { TargetName } from '../hub/hub-client.ts';
import { SYSTEM_PRINCIPAL } from '../workers/system-principal.ts';

/** Where a cron runs, and where it is kept what became of it. */
export interface CronPlace {
  readonly serving: Serving;
  readonly env: string;
  readonly scope: string;
  readonly database: Database;
  readonly runs: CronRuns;
}

export interface CronRunRequest {
  readonly id: string;
  readonly cron: CompiledCron;
  readonly place: CronPlace;
  readonly worker: string;
  /** Fires when the Bridge does not wait for it any longer. */
  readonly signal: AbortSignal;
  /** Ended when the run is; absent where it is not traced. */
  readonly trace?: TraceSpan | undefined;
}

/** How long a run is another's when its Bridge is gone. */
export const LEASE_MS = 15_000;
const RENEW_MS = 5_000;

/** @throws StkError `SERVICE_UNAVAILABLE` while its database is not connected */
export function placeOf(serving: Serving, { project, env }: TargetName, cron: CompiledCron): CronPlace {
  const { served, databases } = serving;
  const callable = logicNamed(served, `logics/${cron.handler}`);
  const { connection } = callable.logic;
  const { engine = 'postgres' } = served.release.connections[connection] ?? {};
  const database = databaseOfLogic(databases, callable);
  return { serving, env, scope: `${project}/${env}`, database, runs: engineNamed(engine).cronRuns };
}

/**
 * Runs a cron's handler, and keeps how it went. One that is given up is kept as running, for another Bridge to run again.
 * @returns what went wrong, in words to show
 * @throws what it was given up with
 */
export async function runCron({ id, cron, place, worker, signal, trace }: CronRunRequest): Promise<string | undefined> {
  const { serving, env, database, runs } = place;
  const timeoutMs = cron.timeoutSeconds * 1_000;
  const timeout = AbortSignal.timeout(timeoutMs);
  const hold = setInterval(() => {
    runs.renew(database, { id, leaseMs: LEASE_MS }).catch(() => undefined);
  }, RENEW_MS);
  try {
    const within = AbortSignal.any([timeout, signal]);
    await inSteps(trace, (steps) =>
      runLogic({
        ...serving,
        name: cron.handler,
        principal: SYSTEM_PRINCIPAL,
        params: {},
        env,
        nowMs: Date.now(),
        asSystem: true,
        timeoutMs,
        signal: within,
        trace,
        steps,
      }),
    );
    trace?.end();
  } catch (thrown) {
    trace?.end(toStkError(thrown).code);
    if (signal.aborted) throw thrown;
    const error = timeout.aborted ? `It took longer than ${cron.timeoutSeconds} s` : wordsOf(thrown);
    await runs.end(database, { id, worker, status: 'failed', error });
    return error;
  } finally {
    clearInterval(hold);
  }
  await runs.end(database, { id, worker, status: 'succeeded' });
  return undefined;
}

/** What operators are told of an error: also what callers are not, of which no value is a part. */
export function wordsOf(thrown: unknown): string {
  const cause = thrown instanceof StkError && thrown.code === 'INTERNAL_ERROR' ? thrown.cause : thrown;
  if (cause instanceof DatabaseError) return `${cause.message} (SQLSTATE ${cause.code})`;
  return thrown instanceof StkError ? `${thrown.code}: ${thrown.message}` : 'INTERNAL_ERROR';
}
