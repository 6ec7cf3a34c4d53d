import { VerifiedTokens } from '../credential/verified-tokens.ts';
import type { HubClient, TargetName } from '../hub/hub-client.ts';
import { keepPolling } from '../hub/poller.ts';
import type { Target } from './target.ts';

export interface TargetsOptions {
  /** The envs to serve; empty: what the Hub allows, each loaded when a caller first asks for it. */
  readonly names: readonly TargetName[];
  readonly hub: HubClient;
  readonly createTarget: (name: TargetName, onChange: () => void) => Target;
  readonly pollIntervalMs: number;
  readonly backoff: { readonly minMs: number; readonly maxMs: number };
  readonly random: () => number;
  /** Longest that a request waits for something to be loaded on its demand. */
  readonly demandTimeoutMs: number;
  /** Whether all that the Hub allows is loaded without a demand. */
  readonly isEager: boolean;
  readonly onListFailure: (error: unknown) => void;
  /** Called after anything about any target changed. */
  readonly onChange: () => void;
}

const LOADED_AT_ONCE = 20;
const LOOK_FURTHER_EVERY_MS = 5_000;

/** Every env that this Bridge serves, found by name, API key or signing key. */
export class Targets {
  readonly isOnDemand: boolean;
  readonly verifiedTokens = new VerifiedTokens();
  readonly #options: TargetsOptions;
  readonly #targets = new Map<string, Target>();
  readonly #stop = new AbortController();
  #allowed: ReadonlyMap<string, TargetName> | undefined;
  #index: Index | undefined;
  #listing: Promise<void> = Promise.resolve();
  #lookingFurther: Promise<void> | undefined;
  #lookedFurtherAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: TargetsOptions) {
    this.#options = options;
    this.isOnDemand = options.names.length === 0;
  }

  start(): void {
    for (const name of this.#options.names) this.#load(name);
    if (!this.isOnDemand) return;
    const { onListFailure: onFailure, backoff, random } = this.#options;
    const poll = async () => {
      await this.#list();
      if (this.#options.isEager) await this.#loadMissing();
      return this.#options.pollIntervalMs;
    };
    this.#listing = keepPolling({ poll, onFailure, backoff, random, signal: this.#stop.signal });
  }

  /** Those that are loaded or being loaded. */
  all(): readonly Target[] {
    return [...this.#targets.values()];
  }

  /** How many there are of them. */
  get size(): number {
    return this.#targets.size;
  }

  /** Whether it is known what may be served. */
  get isListed(): boolean {
    return !this.isOnDemand || this.#allowed !== undefined;
  }

  /** Whether every env's keys are here, so that an unknown key is a wrong one. */
  get knowsAllKeys(): boolean {
    return this.isListed && this.all().every(({ keys }) => keys !== undefined);
  }

  /** A loaded env by name. */
  byName(name: TargetName): Target | undefined {
    return this.#targets.get(idOf(name));
  }

  byApiKeyId(keyId: string): readonly Target[] {
    return this.#indexed().apiKeys.get(keyId) ?? NONE;
  }

  byTokenKid(kid: string): readonly Target[] {
    return this.#indexed().tokenKeys.get(kid) ?? NONE;
  }

  /**
   * Looks for a key that no loaded env has: pulls keys early and, on demand, loads the env that the caller names or all that
   * the Hub allows. Resolves when that is done or took too long; never rejects.
   */
  async lookFurther(hint: Partial<TargetName>): Promise<void> {
    const named = this.#allowedTarget(hint);
    if (named !== undefined && this.byName(named) === undefined) return await this.#within(this.#load(named).settled);
    if (this.#lookingFurther === undefined) {
      const nowMs = performance.now();
      if (nowMs - this.#lookedFurtherAtMs < LOOK_FURTHER_EVERY_MS) return;
      this.#lookedFurtherAtMs = nowMs;
      this.#lookingFurther = this.#everywhere().finally(() => {
        this.#lookingFurther = undefined;
      });
    }
    await this.#within(this.#lookingFurther);
  }

  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#listing, ...this.all().map((target) => target.stop(graceMs))]);
  }

  async #everywhere(): Promise<void> {
    await Promise.all(this.all().map((target) => target.pullKeysEarly()));
    // A failure is told by the poller of the list.
    if (this.isOnDemand) await this.#list().catch(() => undefined);
    await this.#loadMissing();
  }

  async #loadMissing(): Promise<void> {
    const missing = [...(this.#allowed?.values() ?? [])].filter((name) => this.byName(name) === undefined);
    for (let start = 0; start < missing.length && !this.#stop.signal.aborted; start += LOADED_AT_ONCE)
      await Promise.all(missing.slice(start, start + LOADED_AT_ONCE).map((name) => this.#load(name).settled));
  }

  async #list(): Promise<void> {
    const names = await this.#options.hub.targets();
    this.#allowed = new Map(names.map((name) => [idOf(name), name]));
    for (const [id, target] of this.#targets) {
      if (this.#allowed.has(id)) continue;
      this.#targets.delete(id);
      this.verifiedTokens.clear();
      this.#changed();
      await target.stop(0);
    }
  }

  #allowedTarget({ project, env }: Partial<TargetName>): TargetName | undefined {
    return project === undefined || env === undefined ? undefined : this.#allowed?.get(idOf({ project, env }));
  }

  #load(name: TargetName): Target {
    const id = idOf(name);
    const known = this.#targets.get(id);
    if (known !== undefined) return known;
    const target = this.#options.createTarget(name, () => this.#changed());
    this.#targets.set(id, target);
    target.start();
    return target;
  }

  #changed(): void {
    this.#index = undefined;
    this.#options.onChange();
  }

  #indexed(): Index {
    if (this.#index !== undefined) return this.#index;
    const index = { apiKeys: new Map<string, Target[]>(), tokenKeys: new Map<string, Target[]>() };
    for (const target of this.#targets.values()) {
      for (const keyId of target.keys?.apiKeys.keys() ?? []) append(index.apiKeys, keyId, target);
      for (const kid of target.keys?.tokenKeys.keys() ?? []) append(index.tokenKeys, kid, target);
    }
    this.#index = index;
    return index;
  }

  async #within(work: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.demandTimeoutMs);
    });
    await Promise.race([work, timeUp]);
    clearTimeout(timer);
  }
}

/** Nothing but chance keeps ids apart between envs, and a Bridge does not rely on that. */
interface Index {
  readonly apiKeys: ReadonlyMap<string, readonly Target[]>;
  readonly tokenKeys: ReadonlyMap<string, readonly Target[]>;
}

const NONE: readonly Target[] = [];

function append(index: Map<string, Target[]>, id: string, target: Target): void {
  const known = index.get(id);
  if (known === undefined) index.set(id, [target]);
  else known.push(target);
}

function idOf({ project, env }: TargetName): string {
  return `${project}/${env}`;
}
