import {
  type FunctionHostOptions,
  makeOutboxes,
  readyForTraces,
  type ServedRelease,
  type Serving,
  type ServingSource,
  Stores,
} from '@santokit/calls';
import {
  type BridgeReport,
  type InternalCurrentRelease,
  isOlderVersion,
  type Limits,
  SANTOKIT_VERSION,
  type SignedRelease,
  StkError,
} from '@santokit/contract';
import type { Database } from '@santokit/engine';
import type { FunctionPool } from '@santokit/runtime';
import type { Logger } from '@santokit/telemetry';
import { Bell } from '../bell.ts';
import type { Clock } from '../clock.ts';
import type { HubClient, TargetName } from '../hub/hub-client.ts';
import { HubError } from '../hub/hub-error.ts';
import { keepPolling } from '../hub/poller.ts';
import { type CacheState, cacheStateOf } from './cache-state.ts';
import { Freshness } from './freshness.ts';
import type { KeyRing } from './key-ring.ts';
import { loadRelease, ReleaseRefused } from './load-release.ts';
import { Material } from './material.ts';
import { Pools } from './pools.ts';
import { type ProblemArea, Problems } from './problems.ts';
import { TargetFunctions } from './target-functions.ts';
import { type PollPlan, pollPlanOf, type TargetTiming } from './target-timing.ts';

export interface TargetOptions {
  readonly name: TargetName;
  readonly hub: HubClient;
  readonly timing: TargetTiming;
  readonly limits: Limits;
  readonly poolMax: number;
  /** How long a pool that was replaced may finish what it has begun. */
  readonly drainMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly functions: FunctionPool;
  readonly metrics: FunctionHostOptions['metrics'];
  /** Whether anything is traced. */
  readonly isTraced: boolean;
  /** Called after the keys, the release, the state or the last error changed. */
  readonly onChange: () => void;
  /** Somebody wants to see for so long what the log says about the env. */
  readonly onLogsAsked: (name: TargetName, forSeconds: number) => void;
  readonly onPollFailure: (name: TargetName) => void;
  /** Told how long each statement took. */
  readonly onStatementEnd: (name: TargetName, connection: string, durationMs: number) => void;
}

/** However often the Hub says that something changed, it is asked no more often than this. */
const LEAST_PAUSE_MS = 50;
/**
 * Pauses are so many times as long as pulling the keys took, up to the interval: where users end sessions all the time and there are many
 * marks, pulling takes no more than this part of the time from calls.
 */
const PAUSE_FOR_PULLING = 4;
/** After a long poll that was ended early with nothing to tell, so that a Hub that holds none is not asked without end. */
const UNHELD_PAUSE_MS = 1_000;
const HELD_TOLERANCE_MS = 100;
const EARLY_KEY_PULL_EVERY_MS = 5_000;
const EARLY_POLL_EVERY_MS = 1_000;

/** One env as this Bridge serves it: polls the Hub, keeps what was pulled, and says how current it is. */
export class Target implements ServingSource {
  readonly name: TargetName;
  readonly #options: TargetOptions;
  readonly #plan: PollPlan;
  readonly #problems: Problems;
  readonly #pools: Pools;
  readonly #stores = new Stores();
  readonly #material: Material;
  readonly #functions: TargetFunctions;
  readonly #pointerFreshness = new Freshness();
  readonly #materialFreshness = new Freshness();
  readonly #stop = new AbortController();
  #polling: Promise<unknown> = Promise.resolve();
  #settle: () => void = () => {};
  #current: InternalCurrentRelease | undefined;
  #currentEtag: string | undefined;
  #served: ServedRelease | undefined;
  #servedMaskKey: string | undefined;
  #toldState: CacheState = 'EMPTY';
  /** Rings when another release is served. */
  readonly #arrival = new Bell();
  /** Ends the pause between two looks at the pointer. */
  readonly #hurry = new Bell();
  #hurriedAtMs = Number.NEGATIVE_INFINITY;
  #earlyKeyPullAtMs = Number.NEGATIVE_INFINITY;
  /** Resolves when the first attempt to load was made, whatever came of it. */
  readonly settled: Promise<void>;

  constructor(options: TargetOptions) {
    const { name, hub, onChange, poolMax, drainMs, limits } = options;
    this.name = name;
    this.#options = options;
    this.#plan = pollPlanOf(options.timing);
    this.#problems = new Problems(name, options.logger, onChange);
    const onProblem = (message: string, cause?: unknown) => this.#problems.note('connections', message, cause);
    const onStatementEnd = (connection: string, ms: number) => options.onStatementEnd(name, connection, ms);
    this.#pools = new Pools({
      poolMax,
      statementTimeoutMs: limits.queryTimeoutMs,
      drainMs,
      onProblem,
      onStatementEnd,
    });
    this.#material = new Material({
      hub,
      name,
      pools: this.#pools,
      stores: this.#stores,
      onKeys: onChange,
      onConnections: () => this.#problems.clear('connections'),
      onUse: onChange,
    });
    this.#functions = new TargetFunctions({
      ...options,
      pool: options.functions,
      problems: this.#problems,
      backoff: options.timing.backoff,
      signal: this.#stop.signal,
    });
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Undefined until they were pulled for the first time. */
  get keys(): KeyRing | undefined {
    return this.#material.keys;
  }

  /** Whatever its state; undefined when EMPTY. */
  get served(): ServedRelease | undefined {
    return this.#served;
  }

  get databases(): ReadonlyMap<string, Database> {
    return this.#pools.databases;
  }

  get state(): CacheState {
    return cacheStateOf({
      isLoaded: this.#served !== undefined,
      ageMs: this.ageMs,
      isFailing: this.#pointerFreshness.isFailing || this.#materialFreshness.isFailing,
      inTimeMs: this.#plan.inTimeMs,
      maxStaleMs: this.#options.timing.maxStaleMs,
    });
  }

  /** Since release pointer, keys and connections were last known to be current; infinite before. */
  get ageMs(): number {
    const nowMs = this.#options.clock.steadyMs();
    return Math.max(this.#pointerFreshness.ageMs(nowMs), this.#materialFreshness.ageMs(nowMs));
  }

  /** What serves a call from now to its end. @throws StkError `SERVICE_UNAVAILABLE` when EMPTY or EXPIRED */
  snapshot(): Serving {
    if (this.#served === undefined) throw new StkError('SERVICE_UNAVAILABLE', 'No release is loaded yet');
    if (this.state === 'EXPIRED')
      throw new StkError('SERVICE_UNAVAILABLE', 'The release could not be renewed for too long');
    return { served: this.#served, databases: this.#pools.databases, stores: this.#stores };
  }

  async isReplaced(served: ServedRelease, timeoutMs: number): Promise<boolean> {
    if (this.#served === served) {
      const nowMs = this.#options.clock.steadyMs();
      if (nowMs - this.#hurriedAtMs >= EARLY_POLL_EVERY_MS) {
        this.#hurriedAtMs = nowMs;
        this.#hurry.ring();
      }
      await this.#arrival.heard(timeoutMs);
    }
    return this.#served !== served;
  }

  async makeOwnTables(served: ServedRelease): Promise<void> {
    await makeOutboxes(served, this.#pools.databases, this.#options.logger);
  }

  start(): void {
    const { timing, random } = this.#options;
    const { signal } = this.#stop;
    const poller = (area: ProblemArea, poll: () => Promise<number>, freshness: Freshness, hurry?: Bell) =>
      keepPolling({
        poll,
        hurry,
        onFailure: (error) => this.#pollFailed(area, freshness, error),
        backoff: timing.backoff,
        random,
        signal,
      });
    this.#polling = Promise.all([
      poller('pointer', () => this.#pollPointer(), this.#pointerFreshness, this.#hurry),
      poller('material', () => this.#pollMaterial(), this.#materialFreshness),
    ]);
  }

  /** Pulls the keys out of turn, because a credential names one that is not known: at most every 5 s. Never rejects. */
  async pullKeysEarly(): Promise<void> {
    const nowMs = this.#options.clock.steadyMs();
    if (nowMs - this.#earlyKeyPullAtMs < EARLY_KEY_PULL_EVERY_MS) return;
    this.#earlyKeyPullAtMs = nowMs;
    // The poller tells of a Hub that is away; here the credential just stays unknown.
    await this.#material.renewKeys().catch(() => undefined);
  }

  report(): BridgeReport['targets'][number] {
    return {
      ...this.name,
      releaseId: this.#served?.releaseId ?? null,
      state: this.state,
      connectionVersions: this.#pools.versions(),
      lastError: this.#problems.first?.slice(0, 2_000) ?? null,
    };
  }

  /** Ends the polling and closes the pools. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    this.#settle();
    await Promise.all([this.#polling, this.#pools.close(graceMs)]);
    this.#stores.close();
  }

  async #pollMaterial(): Promise<number> {
    await this.#material.renew();
    this.#materialFreshness.renewed(this.#options.clock.steadyMs());
    this.#problems.clear('material');
    this.#tellState();
    return this.#plan.intervalMs;
  }

  async #pollPointer(): Promise<number> {
    const { hub, clock } = this.#options;
    const startedMs = clock.steadyMs();
    const waitSeconds = this.#currentEtag === undefined ? 0 : this.#plan.waitSeconds;
    const pulled = await hub.currentRelease(this.name, { etag: this.#currentEtag, waitSeconds });
    const wasHeld = waitSeconds > 0 && clock.steadyMs() - startedMs >= waitSeconds * 1_000 - HELD_TOLERANCE_MS;
    if (pulled.changed) this.#current = pulled.value;
    if (pulled.changed && pulled.value.logsForSeconds !== undefined)
      this.#options.onLogsAsked(this.name, pulled.value.logsForSeconds);
    // Each time, not only when it moved: a release that was refused may be one that a key was missing for.
    const isNew = await this.#follow(this.#current);
    // The Hub also ends a long poll early when keys or connections changed; a new release has renewed them already.
    const isTold = this.#currentEtag !== undefined && (pulled.changed || !wasHeld);
    const pullingMs = clock.steadyMs();
    if (isTold && !isNew) await this.#material.renew();
    const pauseMs = Math.min(this.#plan.intervalMs, (clock.steadyMs() - pullingMs) * PAUSE_FOR_PULLING);
    if (pulled.changed) this.#currentEtag = pulled.etag;
    // Also where all is as it was: an operator who told Bridges to pull waits until they did.
    if (isTold && pulled.changed && !isNew) this.#options.onChange();
    this.#pointerFreshness.renewed(clock.steadyMs());
    this.#problems.clear('pointer');
    this.#tellState();
    this.#settle();
    if (wasHeld || (pulled.changed && this.#currentEtag !== undefined)) return Math.max(LEAST_PAUSE_MS, pauseMs);
    return waitSeconds > 0 ? Math.min(UNHELD_PAUSE_MS, this.#plan.intervalMs) : this.#plan.intervalMs;
  }

  /**
   * Loads the release that the pointer names, unless it is the one that is served. A refused one changes nothing.
   * @returns whether another release is served now
   */
  async #follow(current: InternalCurrentRelease | undefined): Promise<boolean> {
    const releaseId = current?.releaseId ?? null;
    if (current === undefined || releaseId === null || this.#isServed(releaseId)) return false;
    try {
      await this.#load(releaseId, current.minimumBridgeVersion);
      this.#problems.clear('release');
      this.#options.logger.info({ ...this.name, releaseId }, 'Release loaded');
      this.#options.onChange();
      return true;
    } catch (error) {
      if (!(error instanceof ReleaseRefused)) throw error;
      this.#problems.note('release', error.message, error.cause);
      return false;
    }
  }

  /** Its plans hash with the key that it was compiled with, so another key makes it another release. */
  #isServed(releaseId: string): boolean {
    return releaseId === this.#served?.releaseId && this.#material.keys?.maskKey === this.#servedMaskKey;
  }

  async #load(releaseId: string, minimumBridgeVersion: string): Promise<void> {
    const { limits, name } = this.#options;
    if (isOlderVersion(SANTOKIT_VERSION, minimumBridgeVersion))
      throw new ReleaseRefused(releaseId, `it needs a Bridge of version ${minimumBridgeVersion.slice(0, 50)} or later`);
    const [signed] = await Promise.all([this.#pullRelease(releaseId), this.#material.renew()]);
    const { releaseKeys = [], maskKey } = this.#material.keys ?? {};
    const loaded = loadRelease({ signed, project: name.project, releaseId, releaseKeys, maskKey, limits });
    this.#served = await this.#functions.serve(loaded, this.#served === undefined);
    this.#servedMaskKey = maskKey;
    this.#arrival.ring();
    const { isTraced, logger } = this.#options;
    if (isTraced) void readyForTraces(this.#served, this.#pools.databases, logger);
  }

  /** A payload that cannot be read is refused like one whose signature is wrong; a Hub that is away is not. */
  async #pullRelease(releaseId: string): Promise<SignedRelease> {
    try {
      return await this.#options.hub.release(releaseId);
    } catch (error) {
      if (error instanceof HubError && error.status === 200) throw new ReleaseRefused(releaseId, error.message);
      throw error;
    }
  }

  #pollFailed(area: ProblemArea, freshness: Freshness, error: unknown): void {
    freshness.failed();
    this.#options.onPollFailure(this.name);
    this.#problems.note(area, 'The Hub could not be polled', error);
    this.#tellState();
    this.#settle();
  }

  #tellState(): void {
    const { state } = this;
    if (state === this.#toldState) return;
    this.#toldState = state;
    const level = state === 'FRESH' ? 'info' : 'warn';
    this.#options.logger[level]({ ...this.name, state }, 'State changed');
    this.#options.onChange();
  }
}
