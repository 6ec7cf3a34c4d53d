import { hashPassword } from '@santokit/crypto';
import { FunctionBuilder } from '@santokit/runtime/build';
import {
  Counter,
  createHttpMetrics,
  createLogger,
  Gauge,
  Histogram,
  type HttpMetrics,
  type Logger,
  RecentLines,
  Registry,
  type Tracing,
} from '@santokit/telemetry';
import { type AttemptCounts, memoryAttempts, SharedAttempts } from './access/attempt-counts.ts';
import { RefusalBudget } from './audit/refusal-budget.ts';
import type { HubConfig } from './config.ts';
import { PointerWatch } from './internal/pointer-watch.ts';
import { openStore, type Store } from './store/store.ts';

export interface HubMetrics {
  readonly registry: Registry;
  readonly http: HttpMetrics;
  readonly auditEntries: Counter<'op'>;
  readonly releasesCreated: Counter;
  readonly schemaApplies: Counter<'status'>;
  readonly schemaApplyDuration: Histogram;
  /** Set by each look for drift that this Hub has made last. */
  readonly driftDifferences: Gauge<'project' | 'env'>;
  readonly driftCheckFailures: Counter<'project' | 'env'>;
  readonly rateLimitStoreFailures: Counter;
}

/** Everything with a lifetime that the Hub works with. */
export interface Deps {
  readonly config: HubConfig;
  readonly store: Store;
  readonly logger: Logger;
  /** The last that this Hub logged. */
  readonly recentLines: RecentLines;
  readonly metrics: HubMetrics;
  /** Undefined where nothing is traced. */
  readonly tracing: Tracing | undefined;
  readonly clock: () => Date;
  readonly loginLimiter: AttemptCounts;
  /** Which refused attempts the audit log tells one by one. */
  readonly refusals: RefusalBudget;
  /** What an unknown account's password is held against, so that its answer takes as long. */
  readonly decoyPasswordHash: Promise<string>;
  readonly pointers: PointerWatch;
  /** Makes logic of a project's TypeScript files. */
  readonly functions: FunctionBuilder;
  /** Fires when the Hub stops: requests that are held open end. */
  readonly stopping: AbortSignal;
}

/** Builds what the Hub works with; nothing is connected yet. Tracing, which takes loading, is left to whoever starts it. */
export function buildDeps(config: HubConfig, stopping: AbortSignal): Deps {
  const store = openStore(config.databaseUrl);
  const clock = () => new Date();
  const recentLines = new RecentLines();
  const logger = createLogger({ level: config.logLevel, format: config.logFormat, recent: recentLines });
  const metrics = buildMetrics();
  const { rateLimitUrl } = config;
  return {
    config,
    store,
    logger,
    recentLines,
    metrics,
    tracing: undefined,
    clock,
    loginLimiter:
      rateLimitUrl === undefined
        ? memoryAttempts()
        : new SharedAttempts({
            url: rateLimitUrl,
            logger,
            onFailure: () => metrics.rateLimitStoreFailures.inc(),
            stopping,
          }),
    refusals: new RefusalBudget(clock),
    decoyPasswordHash: hashPassword('no account has this password'),
    pointers: new PointerWatch(store.sql),
    functions: new FunctionBuilder(),
    stopping,
  };
}

function buildMetrics(): HubMetrics {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    http: createHttpMetrics(registry, 'hub'),
    auditEntries: new Counter({
      name: 'stk_hub_audit_log_entries_total',
      help: 'Audit entries written',
      labelNames: ['op'],
      registers,
    }),
    releasesCreated: new Counter({ name: 'stk_hub_releases_created_total', help: 'Releases created', registers }),
    schemaApplies: new Counter({
      name: 'stk_hub_schema_applies_total',
      help: 'Schema changes applied',
      labelNames: ['status'],
      registers,
    }),
    schemaApplyDuration: new Histogram({
      name: 'stk_hub_schema_apply_duration_seconds',
      help: 'Time that a schema change took',
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1_800],
      registers,
    }),
    driftDifferences: new Gauge({
      name: 'stk_hub_schema_drift_differences',
      help: 'Differences between the current release and the live databases, looked for every 15 minutes',
      labelNames: ['project', 'env'],
      registers,
    }),
    driftCheckFailures: new Counter({
      name: 'stk_hub_schema_drift_check_failures_total',
      help: 'Looks for drift that failed, because a database did not answer',
      labelNames: ['project', 'env'],
      registers,
    }),
    rateLimitStoreFailures: new Counter({
      name: 'stk_hub_rate_limit_store_failures_total',
      help: 'Attempts to log in that were counted in memory, because Redis did not answer',
      registers,
    }),
  };
}
