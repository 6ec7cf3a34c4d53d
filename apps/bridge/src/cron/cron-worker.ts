import type { ServedRelease } from '@santokit/calls';
import type { CompiledCron } from '@santokit/contract';
import type { JobQueue, JobWorker, RunningJob, Schedule } from '@santokit/jobs';
import type { Logger, Tracing } from '@santokit/telemetry';
import type { BridgeMetrics } from '../metrics.ts';
import type { Target } from '../target/target.ts';
import type { EnvWorker } from '../workers/worker-host.ts';
import { type CronPlace, LEASE_MS, placeOf, runCron, wordsOf } from './run-cron.ts';
import { traceCron } from './trace-cron.ts';

export interface CronWorkerOptions {
  readonly target: Pick<Target, 'name' | 'served' | 'snapshot'>;
  readonly jobs: JobQueue;
  /** Whether the clock starts any. */
  readonly isClockOn: boolean;
  /** Who runs what is run here. */
  readonly worker: string;
  readonly logger: Logger;
  readonly metrics: Pick<BridgeMetrics, 'jobEnded'>;
  /** Undefined where nothing is traced. */
  readonly tracing: Tracing | undefined;
}

/** Crons of one env at a time on this Bridge. */
const AT_ONCE = 10;
/** Schedules are looked at again this often: another Bridge may have set them by an older release. */
const AGAIN_MS = 60_000;
const AFTER_FAILURE_MS = 2_000;
/** How often it is looked whether an operator asked for a run. */
const LOOK_MS = 2_000;
/** What is due and cannot be started, as when the database is away, is tried for some minutes. */
const RETRIES = { attempts: 8, backoff: { minMs: 1_000, maxMs: 60_000 } };

/** Runs the crons of one env by its release in force: what is due, with other Bridges, and what operators ask for. */
export class CronWorker implements EnvWorker {
  readonly #options: CronWorkerOptions;
  readonly #queue: string;
  readonly #stop = new AbortController();
  /** Aborted when what operators asked for is not waited for any longer. */
  readonly #givingUp = new AbortController();
  /** What is under way beside the queue. */
  readonly #beside = new Set<Promise<void>>();
  #served: ServedRelease | undefined;
  #working: JobWorker | undefined;
  #schedulesAgain: NodeJS.Timeout | undefined;
  #setting: Promise<void> = Promise.resolve();
  #looking: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(options: CronWorkerOptions) {
    this.#options = options;
    const { project, env } = options.target.name;
    this.#queue = `cron.${project}.${env}`;
  }

  follow(): void {
    const { served } = this.#options.target;
    if (served === undefined || served === this.#served || this.#stop.signal.aborted) return;
    const had = this.#served?.release.crons !== undefined;
    this.#served = served;
    if (served.release.crons === undefined && !had) return;
    this.#setSchedules();
    this.#looking ??= setInterval(() => this.#lookForRequests(), LOOK_MS).unref();
  }

  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#looking);
    clearTimeout(this.#schedulesAgain);
    const patience = setTimeout(() => this.#givingUp.abort(), graceMs);
    await Promise.all([this.#working?.close(graceMs), this.#setting, ...this.#beside]);
    clearTimeout(patience);
  }

  /** One after another, so that the last release is what stays. */
  #setSchedules(): void {
    const { jobs, isClockOn, logger, target } = this.#options;
    if (!isClockOn) return;
    clearTimeout(this.#schedulesAgain);
    this.#setting = this.#setting.then(async () => {
      if (this.#stop.signal.aborted) return;
      let againMs = AGAIN_MS;
      try {
        await jobs.setSchedules(this.#queue, schedulesOf(this.#served));
        this.#working ??= jobs.work(this.#queue, {
          concurrency: AT_ONCE,
          handle: (job) => this.#handle(job),
          onGivenUp: (job) => this.#besideQueue(this.#giveUp(job)),
        });
      } catch {
        // That the store is away is logged where it is found.
        againMs = AFTER_FAILURE_MS;
        logger.debug({ ...target.name }, 'Schedules could not be set');
      }
      clearTimeout(this.#schedulesAgain);
      if (!this.#stop.signal.aborted) this.#schedulesAgain = setTimeout(() => this.#setSchedules(), againMs).unref();
    });
  }

  /** Of a job only its name and its due time count: what it is now is in the release in force. */
  async #handle(job: RunningJob): Promise<void> {
    const { target, logger, metrics } = this.#options;
    try {
      await this.#runDue(job);
    } catch (error) {
      if (job.isLastAttempt && !job.signal.aborted) {
        metrics.jobEnded({ ...target.name, op: 'cron' }, false);
        logger.error({ ...target.name, cron: String(job.data), error: wordsOf(error) }, 'Cron could not be run');
      }
      throw error;
    }
  }

  async #runDue({ data, dueAtMs, signal }: RunningJob): Promise<void> {
    const { target, worker, logger } = this.#options;
    if (typeof data !== 'string' || dueAtMs === undefined) return;
    const serving = target.snapshot();
    const cron = cronNamed(serving.served, data);
    if (cron === undefined || !cron.enabled) {
      // Enqueued by another release. To try it again would change nothing.
      logger.warn(
        { ...target.name, cron: data, dueAt: new Date(dueAtMs).toISOString() },
        'Cron dropped: the release in force does not run it',
      );
      return;
    }
    const place = placeOf(serving, target.name, cron);
    await place.runs.create(place.database);
    const due = { scope: place.scope, cron: data, dueAtMs, worker, leaseMs: LEASE_MS };
    const started = await place.runs.start(place.database, due);
    if (started.outcome === 'skipped') logger.warn({ ...target.name, cron: data }, 'Cron skipped: it still runs');
    if (started.outcome === 'started') await this.#run({ id: started.id, name: data, cron, place, signal });
  }

  /** The Bridges that ran it died, and nobody tries it again. Never rejects. */
  async #giveUp({ data, dueAtMs }: Pick<RunningJob, 'data' | 'dueAtMs'>): Promise<void> {
    const { target, logger, metrics } = this.#options;
    if (typeof data !== 'string' || dueAtMs === undefined) return;
    metrics.jobEnded({ ...target.name, op: 'cron' }, false);
    const about = { ...target.name, cron: data, dueAt: new Date(dueAtMs).toISOString() };
    logger.error(about, 'Cron given up: the Bridges that ran it died');
    try {
      const serving = target.snapshot();
      const cron = cronNamed(serving.served, data);
      if (cron === undefined) return;
      const { runs, database, scope } = placeOf(serving, target.name, cron);
      await runs.create(database);
      await runs.giveUp(database, { scope, cron: data, dueAtMs });
    } catch (error) {
      logger.error({ ...about, error: wordsOf(error) }, 'That a cron was given up could not be written down');
    }
  }

  /** @param work never rejects */
  #besideQueue(work: Promise<void>): void {
    const done = work.finally(() => this.#beside.delete(done));
    this.#beside.add(done);
  }

  async #lookForRequests(): Promise<void> {
    if (this.#isLooking || this.#stop.signal.aborted) return;
    this.#isLooking = true;
    try {
      await this.#takeRequests();
    } catch {
      // A database that is away is told of by the calls that need it; the next look is soon.
    } finally {
      this.#isLooking = false;
    }
  }

  async #takeRequests(): Promise<void> {
    const { target, worker, logger } = this.#options;
    const serving = target.snapshot();
    const crons = Object.entries(serving.served.release.crons ?? {});
    const places = crons.map(([name, cron]) => ({ name, cron, place: placeOf(serving, target.name, cron) }));
    for (const [database, those] of Map.groupBy(places, ({ place }) => place.database)) {
      const [first] = those;
      if (first === undefined || !(await first.place.runs.exists(database))) continue;
      const { scope, runs } = first.place;
      const names = those.map(({ name }) => name);
      for (const { id, cron: name } of await runs.takeRequested(database, {
        scope,
        crons: names,
        worker,
        leaseMs: LEASE_MS,
      })) {
        const asked = those.find((candidate) => candidate.name === name);
        if (asked === undefined) continue;
        const running = this.#run({ ...asked, id, signal: this.#givingUp.signal });
        this.#besideQueue(
          running.catch((error: unknown) =>
            logger.error({ ...target.name, cron: name, error: String(error) }, 'Cron given up'),
          ),
        );
      }
    }
  }

  async #run(run: {
    id: string;
    name: string;
    cron: CompiledCron;
    place: CronPlace;
    signal: AbortSignal;
  }): Promise<void> {
    const { target, worker, logger, metrics, tracing } = this.#options;
    const trace = tracing === undefined ? undefined : traceCron(tracing, target, run);
    const error = await runCron({ ...run, worker, trace });
    metrics.jobEnded({ ...target.name, op: 'cron' }, error === undefined);
    if (error === undefined) return logger.info({ ...target.name, cron: run.name }, 'Cron ran');
    logger.error({ ...target.name, cron: run.name, error }, 'Cron failed');
  }
}

function schedulesOf(served: ServedRelease | undefined): ReadonlyMap<string, Schedule> {
  const enabled = Object.entries(served?.release.crons ?? {}).filter(([, cron]) => cron.enabled);
  return new Map(enabled.map(([name, timing]) => [name, { timing, data: name, ...RETRIES }]));
}

function cronNamed({ release: { crons = {} } }: ServedRelease, name: string): CompiledCron | undefined {
  return Object.hasOwn(crons, name) ? crons[name] : undefined;
}
