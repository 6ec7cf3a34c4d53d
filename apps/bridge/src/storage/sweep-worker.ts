import { fileColumnsOf, type PlacedFileColumn, type ServedBucket, type Serving } from '@santokit/calls';
import type { ObjectSweep } from '@santokit/contract';
import { type Database, type Engine, engineNamed } from '@santokit/engine';
import type { JobQueue, JobWorker, Schedule } from '@santokit/jobs';
import type { Store, StoredObject } from '@santokit/storage';
import { inSpan, type Logger, type TraceSpan, type Tracing } from '@santokit/telemetry';
import type { Clock } from '../clock.ts';
import type { BridgeMetrics } from '../metrics.ts';
import type { Target } from '../target/target.ts';
import { targetAttributes } from '../workers/target-attributes.ts';
import type { EnvWorker } from '../workers/worker-host.ts';
import { mergeKeys } from './merge-keys.ts';
import { sweepBucket } from './sweep-bucket.ts';

export interface SweepWorkerOptions {
  readonly target: Pick<Target, 'name' | 'served' | 'snapshot'>;
  readonly jobs: JobQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<BridgeMetrics, 'jobEnded' | 'objectsSwept'>;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** Absent: nightly. */
  readonly schedule?: Schedule;
}

/** 03:17 UTC: by night for many, and not when everything else begins. */
const NIGHTLY: Schedule = {
  timing: { schedule: '17 3 * * *' },
  data: null,
  attempts: 3,
  backoff: { minMs: 60_000, maxMs: 600_000 },
};
const AFTER_FAILURE_MS = 10_000;
const KEYS_AT_A_TIME = 10_000;

/** Looks every night, once for all Bridges, for objects without rows and keys without objects. Tells of them, and changes nothing. */
export class SweepWorker implements EnvWorker {
  readonly #options: SweepWorkerOptions;
  readonly #queue: string;
  #worker: JobWorker | undefined;
  #again: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(options: SweepWorkerOptions) {
    this.#options = options;
    const { project, env } = options.target.name;
    this.#queue = `sweep.${project}.${env}`;
  }

  follow(): void {
    const { target, jobs, metrics } = this.#options;
    if (this.#isStopping || this.#worker !== undefined || target.served?.release.storage === undefined) return;
    const labels = { ...target.name, op: 'object_sweep' };
    this.#worker = jobs.work(this.#queue, {
      concurrency: 1,
      handle: () => this.#sweep(),
      onEnd: (succeeded) => metrics.jobEnded(labels, succeeded),
    });
    this.#schedule();
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#again);
    await this.#worker?.close(graceMs);
  }

  async #sweep(): Promise<void> {
    const { target, tracing } = this.#options;
    const attributes = targetAttributes(target);
    const trace = tracing?.work('bridge.object_sweep', { kind: 'upkeep', attributes });
    if (trace === undefined) return await sweepEnv(this.#options);
    await inSpan(trace, () => sweepEnv({ ...this.#options, trace }));
  }

  #schedule(): void {
    const { target, jobs, logger, schedule = NIGHTLY } = this.#options;
    jobs.setSchedules(this.#queue, new Map([['nightly', schedule]])).catch(() => {
      if (this.#isStopping) return;
      logger.debug({ ...target.name }, 'The nightly sweep could not be scheduled');
      this.#again = setTimeout(() => this.#schedule(), AFTER_FAILURE_MS).unref();
    });
  }
}

/** What a sweep needs. */
export interface SweepOptions extends Pick<SweepWorkerOptions, 'clock' | 'logger'> {
  readonly target: Pick<Target, 'name' | 'snapshot'>;
  readonly metrics: Pick<BridgeMetrics, 'objectsSwept'>;
  /** What its questions to stores are part of; absent where it is not traced. */
  readonly trace?: TraceSpan | undefined;
}

/** Sweeps each bucket that has credentials, and keeps what was found. */
export async function sweepEnv({ target, clock, logger, metrics, trace }: SweepOptions): Promise<void> {
  const serving = target.snapshot();
  const { project, env } = target.name;
  const place = sweepPlaceOf(serving);
  if (place === undefined) return;
  const failures: unknown[] = [];
  for (const bucket of serving.served.buckets.values()) {
    if (serving.stores?.has(bucket.name) !== true) continue;
    try {
      const sweep = await sweepBucket({
        bucket,
        objects: objectsOf(await serving.stores.storeOf(bucket.name, bucket.bucket), trace?.traceparent),
        named: mergeKeys(fileColumnsOf(serving.served.release, bucket.name).map((column) => keysOf(serving, column))),
        nowMs: () => clock.wallMs(),
      });
      await place.engine.objectSweeps.write(place.database, `${project}/${env}`, sweep);
      tell(sweep, bucket, { target, logger, metrics });
    } catch (thrown) {
      // The other buckets may well be there.
      logger.error({ ...target.name, bucket: bucket.name, error: String(thrown) }, 'A bucket could not be swept');
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Not every bucket could be swept');
}

function tell(
  { orphans, dangling, objects, isComplete }: ObjectSweep,
  { name: bucket }: ServedBucket,
  { target, logger, metrics }: Omit<SweepOptions, 'clock'>,
): void {
  const labels = { ...target.name, path: `storage/${bucket}` };
  metrics.objectsSwept.set({ ...labels, status: 'orphan' }, orphans);
  metrics.objectsSwept.set({ ...labels, status: 'dangling' }, dangling);
  logger.info({ ...target.name, bucket, objects, orphans, dangling, isComplete }, 'Bucket swept');
}

/** The first connection by name, but `main` where there is one. */
function sweepPlaceOf({ served, databases }: Serving): { database: Database; engine: Engine } | undefined {
  const { connections } = served.release;
  const name = 'main' in connections ? 'main' : Object.keys(connections).toSorted()[0];
  const database = name === undefined ? undefined : databases.get(name);
  const engine = name === undefined ? undefined : connections[name]?.engine;
  return database === undefined || engine === undefined ? undefined : { database, engine: engineNamed(engine) };
}

async function* objectsOf(store: Store, traceparent: string | undefined): AsyncGenerator<StoredObject> {
  for (let after: string | undefined; ; ) {
    const page = await store.objectsAfter(after, traceparent);
    yield* page;
    after = page.at(-1)?.key;
    if (after === undefined) return;
  }
}

async function* keysOf({ served, databases }: Serving, column: PlacedFileColumn): AsyncGenerator<string> {
  const database = databases.get(column.connection);
  const engine = served.release.connections[column.connection]?.engine;
  if (database === undefined || engine === undefined) throw new Error('A connection of the release is not there');
  for (let after: string | undefined; ; ) {
    const page = await engineNamed(engine).keysAfter(database, column, { after, most: KEYS_AT_A_TIME });
    yield* page;
    after = page.at(-1);
    if (page.length < KEYS_AT_A_TIME) return;
  }
}
