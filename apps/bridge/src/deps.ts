import { getHeapStatistics } from 'node:v8';
import { type Limits, SANTOKIT_VERSION } from '@santokit/contract';
import { type JobQueue, openJobQueue } from '@santokit/jobs';
import { FunctionPool } from '@santokit/runtime';
import { createLogger, LineLog, type Logger, openTracing, RecentLines, type Tracing } from '@santokit/telemetry';
import { ulid } from 'ulid';
import { Admission } from './admission/admission.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import type { BridgeConfig } from './config.ts';
import { CronWorker } from './cron/cron-worker.ts';
import { eventWork } from './events/event-work.ts';
import { HubClient } from './hub/hub-client.ts';
import { type BridgeMetrics, createBridgeMetrics } from './metrics.ts';
import { RateLimiter } from './rate-limit/rate-limiter.ts';
import type { RedisCounts } from './rate-limit/redis-counts.ts';
import { objectWork } from './storage/object-work.ts';
import { SweepWorker } from './storage/sweep-worker.ts';
import { Reporter } from './target/reporter.ts';
import { SharedLog } from './target/shared-log.ts';
import { Target } from './target/target.ts';
import { pollPlanOf, type TargetTiming } from './target/target-timing.ts';
import { Targets } from './target/targets.ts';
import { EventWorkers } from './workers/event-workers.ts';
import { type CreateEnvWorker, WorkerHost } from './workers/worker-host.ts';

/** Everything with a lifetime that the Bridge holds. */
export interface Deps {
  readonly config: BridgeConfig;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For the line of each call, which holds nothing that would have to be replaced. */
  readonly callLog: LineLog;
  readonly metrics: BridgeMetrics;
  /** Undefined where nothing is traced. */
  readonly tracing: Tracing | undefined;
  readonly targets: Targets;
  /** The processes that functions run in. */
  readonly functions: FunctionPool;
  readonly reporter: Reporter;
  readonly rateLimiter: RateLimiter;
  readonly admission: Admission;
  /** Where jobs are kept; undefined: this Bridge runs none. */
  readonly jobs: JobQueue | undefined;
  readonly workers: WorkerHost | undefined;
  /** Ends what is under way to the Hub. */
  readonly leaveHub: () => void;
}

/** What a test may replace. */
export interface DepsOverrides {
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** In-flight requests finish within this, when the Bridge stops and when a pool is replaced. */
export const GRACE_MS = 30_000;

/** Parsed, and with the statement that it becomes, a body takes several times its bytes; the rest is for answers and all else. */
const HEAP_FOR_EACH_BODY_BYTE = 16;
/** Of a bucket's store, and of the database that is asked who else names an object. */
const OBJECTS_AT_A_TIME = 4;
/** Enough that no connection to a database waits for work. */
const AT_WORK_FOR_EACH_CONNECTION = 8;
const LEAST_AT_WORK = 256;

/** Builds what `config` asks for; nothing is started and nothing connected but the store of rate limits. */
export async function createDeps(config: BridgeConfig, overrides: DepsOverrides = {}): Promise<Deps> {
  const { clock = SYSTEM_CLOCK } = overrides;
  const { limits } = config;
  const recent = new RecentLines();
  const logger = overrides.logger ?? createLogger({ level: config.logLevel, format: config.logFormat, recent });
  const sharedLog = new SharedLog(recent, clock);
  const timing: TargetTiming = {
    ...config,
    backoff: { minMs: config.hubBackoffMinMs, maxMs: config.hubBackoffMaxMs },
  };
  const leaving = new AbortController();
  const instanceId = `brg_${ulid()}`;
  const program = { service: 'santokit-bridge', version: SANTOKIT_VERSION, instanceId, logger };
  const tracing = await openTracing(config.tracing, program);
  const hub = new HubClient({
    url: config.hubUrl,
    token: config.bridgeToken,
    instanceId,
    timeoutMs: config.hubTimeoutMs,
    signal: leaving.signal,
    tracing,
  });
  const metrics = createBridgeMetrics(() => targets.all());
  const functions = new FunctionPool();
  const { intervalMs } = pollPlanOf(timing);
  const workersAt = config.workers ? config.jobsUrl : undefined;
  const jobs = workersAt === undefined ? undefined : await openJobQueue({ url: workersAt, logger });
  const targets = new Targets({
    names: config.targets,
    hub,
    pollIntervalMs: intervalMs,
    backoff: timing.backoff,
    random: Math.random,
    demandTimeoutMs: config.hubTimeoutMs,
    onListFailure: (error) => logger.error({ error: String(error) }, 'The Hub did not say what may be served'),
    // Nobody calls what the clock or an event starts, so that there is no demand to load an env on.
    isEager: workersAt !== undefined,
    onChange: () => {
      reporter.changed();
      workers?.changed();
    },
    createTarget: (name, onChange) =>
      new Target({
        name,
        hub,
        timing,
        limits,
        poolMax: config.poolMax,
        drainMs: GRACE_MS,
        clock,
        random: Math.random,
        logger,
        functions,
        metrics,
        isTraced: tracing !== undefined,
        onChange,
        onLogsAsked: (asked, forSeconds) => sharedLog.ask(asked, forSeconds),
        onPollFailure: ({ project, env }) => metrics.hubPollFailures.inc({ project, env }),
        onStatementEnd: ({ project, env }, connection, durationMs) =>
          metrics.dbQueryDuration.observe({ project, env, connection }, durationMs / 1_000),
      }),
  });
  const reporter = new Reporter({ hub, targets, instanceId, intervalMs: config.pollIntervalMs, sharedLog, logger });
  const creators = (queue: JobQueue): readonly CreateEnvWorker[] => [
    (target) => new SweepWorker({ target, jobs: queue, clock, logger, metrics, tracing }),
    (target) =>
      new CronWorker({ target, jobs: queue, isClockOn: config.cron, worker: instanceId, logger, metrics, tracing }),
    (target) =>
      new EventWorkers({
        target,
        work: eventWork(target, clock),
        logger,
        tracing,
        // The rest of a pool is for calls.
        concurrency: Math.max(1, Math.floor(config.poolMax / 2)),
        onEnd: (succeeded) => metrics.jobEnded({ ...target.name, op: 'event' }, succeeded),
        onState: (connection, state) => metrics.outboxState(target.name, connection, state),
      }),
    (target) => {
      const labels = { ...target.name, op: 'object_delete' };
      return new EventWorkers({
        target,
        work: objectWork(target, (bucket, reason) =>
          logger.warn({ ...target.name, bucket, reason }, 'An object was kept though its row was deleted'),
        ),
        logger,
        tracing,
        concurrency: OBJECTS_AT_A_TIME,
        onEnd: (succeeded) => metrics.jobEnded(labels, succeeded),
        onState: (connection, state) => {
          // Where there are events their worker tells of all that is in an outbox.
          if (target.served?.events === undefined) metrics.outboxState(target.name, connection, state);
        },
      });
    },
  ];
  const workers = jobs === undefined ? undefined : new WorkerHost(() => targets.all(), creators(jobs));
  return {
    config,
    jobs,
    workers,
    limits,
    clock,
    logger,
    callLog: new LineLog(logger),
    metrics,
    tracing,
    targets,
    functions,
    reporter,
    admission: new Admission({
      mostRequests: limits.concurrentRequests,
      mostBodyBytes: Math.max(2 * limits.bodyBytes, getHeapStatistics().heap_size_limit / HEAP_FOR_EACH_BODY_BYTE),
      mostAtWork: Math.max(LEAST_AT_WORK, AT_WORK_FOR_EACH_CONNECTION * config.poolMax),
      isShared: () => targets.size > 1,
    }),
    rateLimiter: new RateLimiter({
      clock,
      store: await openCounts({ config, clock, logger }),
      onStoreFailure: () => metrics.rateLimitStoreFailures.inc(),
    }),
    leaveHub: () => leaving.abort(),
  };
}

/** Loaded where it is asked for: the client of Redis takes much memory. */
async function openCounts({ config, ...options }: OpenCounts): Promise<RedisCounts | undefined> {
  if (config.rateLimitUrl === undefined) return undefined;
  const { RedisCounts } = await import('./rate-limit/redis-counts.ts');
  return new RedisCounts({ url: config.rateLimitUrl, ...options });
}

interface OpenCounts extends Pick<Deps, 'clock' | 'logger'> {
  readonly config: BridgeConfig;
}
