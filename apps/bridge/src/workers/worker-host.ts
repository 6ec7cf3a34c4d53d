import type { Target } from '../target/target.ts';

/** What works for one env beside its calls: its clock, its events. */
export interface EnvWorker {
  /** Called after anything about the env changed, another release or another pool among them; soon and often. */
  follow(): void;
  /** Takes on nothing more, and waits so long for what runs. */
  stop(graceMs: number): Promise<void>;
}

export type CreateEnvWorker = (target: Target) => EnvWorker;

/** Keeps the workers of every env that this Bridge serves. */
export class WorkerHost {
  readonly #targets: () => readonly Target[];
  readonly #creators: readonly CreateEnvWorker[];
  readonly #workers = new Map<Target, readonly EnvWorker[]>();
  readonly #leaving = new Set<Promise<unknown>>();
  #isStopping = false;

  constructor(targets: () => readonly Target[], creators: readonly CreateEnvWorker[]) {
    this.#targets = targets;
    this.#creators = creators;
  }

  /** To be called after anything about any env changed. */
  changed(): void {
    if (this.#isStopping) return;
    const targets = new Set(this.#targets());
    for (const [target, workers] of this.#workers) {
      if (targets.has(target)) continue;
      this.#workers.delete(target);
      const left = Promise.all(workers.map((worker) => worker.stop(0))).finally(() => this.#leaving.delete(left));
      this.#leaving.add(left);
    }
    for (const target of targets) for (const worker of this.#workersOf(target)) worker.follow();
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    const stopping = [...this.#workers.values()].flat().map((worker) => worker.stop(graceMs));
    await Promise.all([...stopping, ...this.#leaving]);
  }

  #workersOf(target: Target): readonly EnvWorker[] {
    const known = this.#workers.get(target);
    if (known !== undefined) return known;
    const workers = this.#creators.map((create) => create(target));
    this.#workers.set(target, workers);
    return workers;
  }
}
