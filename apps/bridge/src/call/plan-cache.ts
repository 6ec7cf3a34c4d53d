import type { CompiledRule } from '@santokit/contract';
import type { Plan } from '@santokit/engine';
import { LRUCache } from 'lru-cache';

/** A plan with what has to hold before it runs. */
export interface CachedPlan {
  readonly plan: Plan;
  /** Rules of related tables whose conditions on the request alone decide whether the plan may run. */
  readonly requires: readonly CompiledRule[];
  /** A statement is prepared under a name once it comes again, so that shapes which come once leave nothing in the database. */
  isKnown: boolean;
}

const MOST_PLANS = 5_000;
const MOST_CHARACTERS = 32 * 1024 * 1024;

/** The plans of one release, the most recently used ones; bounded in number and in size, for callers choose the shapes. */
export class PlanCache {
  readonly #plans = new LRUCache<string, CachedPlan>({
    max: MOST_PLANS,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: ({ plan }, key) => key.length + plan.text.length,
  });

  get(key: string): CachedPlan | undefined {
    return this.#plans.get(key);
  }

  set(key: string, plan: CachedPlan): void {
    this.#plans.set(key, plan);
  }
}
