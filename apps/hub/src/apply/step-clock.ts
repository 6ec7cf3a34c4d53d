import type { ApplyAnswer } from '@santokit/contract';

export type ApplyStepName = ApplyAnswer['steps'][number]['name'];
const ORDER: readonly ApplyStepName[] = ['validate', 'plan', 'schema', 'drift', 'compile', 'release', 'pointer'];

/** Records which steps of an apply ran, and how long each took, all of its parts together. */
export class StepClock {
  readonly #done = new Map<ApplyStepName, number>();

  async run<T>(name: ApplyStepName, step: () => T | Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const result = await step();
    this.#done.set(name, (this.#done.get(name) ?? 0) + performance.now() - startedMs);
    return result;
  }

  /** Every step in order; one that was not asked for is `skipped`. */
  steps(): ApplyAnswer['steps'] {
    return ORDER.map((name) => {
      const ms = this.#done.get(name);
      return ms === undefined ? { name, status: 'skipped', ms: 0 } : { name, status: 'done', ms: Math.round(ms) };
    });
  }
}
