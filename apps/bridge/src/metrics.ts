import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, createHttpMetrics, Gauge, Histogram, type HttpMetrics, Registry } from '@santokit/telemetry';
import { createEventMetrics, type EventMetrics } from './event-metrics.ts';
import { CACHE_STATES } from './target/cache-state.ts';
import type { Target } from './target/target.ts';

/** What the Bridge counts ("Operations", section "Metrics"). No label holds what a caller sent. */
export interface BridgeMetrics extends EventMetrics {
  readonly registry: Registry;
  readonly http: HttpMetrics;
  readonly authFailures: Counter<'status'>;
  readonly permissionDenials: Counter<'project' | 'env' | 'path'>;
  readonly planCacheHits: Counter<'project' | 'env'>;
  readonly planCacheMisses: Counter<'project' | 'env'>;
  readonly hubPollFailures: Counter<'project' | 'env'>;
  readonly rateLimitStoreFailures: Counter;
  readonly objectsSwept: Gauge<'project' | 'env' | 'path' | 'status'>;
  /** Counts the end of a job, well or not. */
  readonly jobEnded: (labels: Record<'project' | 'env' | 'op', string>, succeeded: boolean) => void;
  readonly functionDuration: Histogram<'project' | 'env' | 'path'>;
  readonly functionErrors: Counter<'project' | 'env' | 'path'>;
  readonly dbQueryDuration: Histogram<'project' | 'env' | 'connection'>;
}

/** @param targets those whose state and pools are read when the metrics are */
export function createBridgeMetrics(targets: () => readonly Target[]): BridgeMetrics {
  const registry = new Registry();
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name: `stk_bridge_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const jobs = (name: string, help: string) =>
    new Counter({ name: `stk_jobs_${name}`, help, labelNames: ['project', 'env', 'op'], registers: [registry] });
  registerCacheGauges(registry, targets);
  registerPoolGauges(registry, targets);
  registerEventLoopGauge(registry);
  const jobsProcessed = jobs('processed_total', 'Jobs that ran to their end, well or not');
  const jobsFailed = jobs('failed_total', 'Jobs that failed');
  const events = createEventMetrics(registry);
  return {
    registry,
    http: createHttpMetrics(registry, 'bridge'),
    authFailures: counter('auth_failures_total', 'Credentials that were refused', ['status']),
    permissionDenials: counter('permission_denials_total', 'Calls that a rule refused', ['project', 'env', 'path']),
    planCacheHits: counter('plan_cache_hits_total', 'Calls whose plan was there', ['project', 'env']),
    planCacheMisses: counter('plan_cache_misses_total', 'Calls whose plan had to be made', ['project', 'env']),
    objectsSwept: new Gauge({
      name: 'stk_storage_swept_objects',
      help: 'What the last sweep of a bucket found: objects that no row names, and keys of rows without an object',
      labelNames: ['project', 'env', 'path', 'status'],
      registers: [registry],
    }),
    hubPollFailures: counter('hub_poll_failures_total', 'Polls of the Hub that failed', ['project', 'env']),
    rateLimitStoreFailures: counter(
      'rate_limit_store_failures_total',
      'Requests that passed uncounted, because the store of rate limits did not answer',
      [],
    ),
    jobEnded: (labels, succeeded) => {
      jobsProcessed.inc(labels);
      if (!succeeded) jobsFailed.inc(labels);
    },
    functionErrors: counter('function_errors_total', 'Calls of functions that failed', ['project', 'env', 'path']),
    functionDuration: new Histogram({
      name: 'stk_bridge_function_duration_seconds',
      help: 'Time of a function, with the statements that it waits for',
      labelNames: ['project', 'env', 'path'] as const,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [registry],
    }),
    dbQueryDuration: new Histogram({
      name: 'stk_bridge_db_query_duration_seconds',
      help: 'Time of a statement, its wait for a connection included',
      labelNames: ['project', 'env', 'connection'] as const,
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    }),
    ...events,
  };
}

function registerCacheGauges(registry: Registry, targets: () => readonly Target[]): void {
  new Gauge({
    name: 'stk_bridge_release_cache_age_seconds',
    help: 'Since the release was last known to be current',
    labelNames: ['project', 'env'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, ageMs } of targets()) if (Number.isFinite(ageMs)) this.set({ ...name }, ageMs / 1_000);
    },
  });
  new Gauge({
    name: 'stk_bridge_release_cache_state',
    help: '1 for the state that the env is in',
    labelNames: ['project', 'env', 'status'],
    registers: [registry],
    collect() {
      this.reset();
      for (const target of targets())
        for (const status of CACHE_STATES) this.set({ ...target.name, status }, target.state === status ? 1 : 0);
    },
  });
}

const EVENT_LOOP_RESOLUTION_MS = 5;

/** How late the process gets to what is due; what every caller waits beside their own call. */
function registerEventLoopGauge(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });
  delay.enable();
  new Gauge({
    name: 'stk_bridge_event_loop_delay_p99_seconds',
    help: '99th percentile since the metrics were read before',
    registers: [registry],
    collect() {
      this.set(Math.max(0, delay.percentile(99) / 1e9 - EVENT_LOOP_RESOLUTION_MS / 1_000));
      delay.reset();
    },
  });
}

function registerPoolGauges(registry: Registry, targets: () => readonly Target[]): void {
  const values = {
    active: { help: 'Statements in flight', of: ({ active }: Activity) => active },
    idle: {
      help: 'Connections that could be used besides',
      of: ({ active, max }: Activity) => Math.max(0, max - active),
    },
    max: { help: 'Most connections of the pool', of: ({ max }: Activity) => max },
  };
  for (const [name, { help, of }] of Object.entries(values))
    new Gauge({
      name: `stk_bridge_db_pool_${name}`,
      help,
      labelNames: ['project', 'env', 'connection'],
      registers: [registry],
      collect() {
        this.reset();
        for (const target of targets())
          for (const [connection, database] of target.databases)
            this.set({ ...target.name, connection }, of(database.activity()));
      },
    });
}

interface Activity {
  readonly active: number;
  readonly max: number;
}
