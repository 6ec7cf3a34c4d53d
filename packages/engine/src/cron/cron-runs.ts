import type { CronRunStatus } from '@santokit/contract';
import type { Database } from '../database.ts';

/** One time that a cron was due, or was asked for. */
export interface CronRun {
  readonly id: string;
  readonly cron: string;
  readonly status: CronRunStatus;
  /** Whether an operator asked for it. */
  readonly manual: boolean;
  readonly dueAt: string;
  readonly startedAt: string | null;
  readonly durationMs: number | null;
  readonly error: string | null;
}

/** One env's cron and when it is due. */
export interface CronDue {
  /** `<project>/<env>`: databases may be shared. */
  readonly scope: string;
  readonly cron: string;
  readonly dueAtMs: number;
  /** Who runs it. */
  readonly worker: string;
  /** After this it counts as given up, unless it is held on to. */
  readonly leaseMs: number;
}

/** `started`: to be run, and ended, by who asked; `skipped`: the one before still runs; `taken`: somebody else runs it or did. */
export type CronStart =
  | { readonly outcome: 'started'; readonly id: string }
  | { readonly outcome: 'skipped' | 'taken' };

export interface CronEnd {
  readonly id: string;
  readonly worker: string;
  readonly status: 'succeeded' | 'failed';
  readonly error?: string | undefined;
}

export interface CronRequests {
  readonly scope: string;
  /** Of those that can be run here, by name. */
  readonly crons: readonly string[];
  readonly worker: string;
  readonly leaseMs: number;
}

/**
 * What became of crons, kept in the database that they work on, bounded for each. Its table is made by `create`; whatever is asked for
 * before fails like any statement about a table that is not there.
 */
export interface CronRuns {
  /** Makes the table where it is missing; asks the database once for each pool. @throws DatabaseError when the role may not */
  create(database: Database): Promise<void>;
  /** Whether `create` was ever called here. */
  exists(database: Database): Promise<boolean>;
  /** Of all who ask for the same due time one starts, and another only when that one has given it up. */
  start(database: Database, due: CronDue): Promise<CronStart>;
  /** Holds on to a run. */
  renew(database: Database, run: { readonly id: string; readonly leaseMs: number }): Promise<void>;
  end(database: Database, end: CronEnd): Promise<void>;
  /** Ends a run that nobody starts any more, because whoever started it was gone before its end. Leaves one that is held on to. */
  giveUp(database: Database, due: Pick<CronDue, 'scope' | 'cron' | 'dueAtMs'>): Promise<void>;
  /** Asks for a run, soon, by whoever looks first. @returns its id */
  request(database: Database, scope: string, cron: string): Promise<string>;
  /** Takes what was asked for and does not run yet; what is taken is to be run and ended. */
  takeRequested(database: Database, requests: CronRequests): Promise<readonly { id: string; cron: string }[]>;
  /** Newest first, of one cron or of all. */
  list(
    database: Database,
    scope: string,
    filter: { readonly cron?: string; readonly most: number },
  ): Promise<readonly CronRun[]>;
}
