import type { CompiledRule } from '@santokit/contract';
import type { Plan, Statement } from '@santokit/engine';
import type { PreparedExpression } from '@santokit/policy';
import { LRUCache } from 'lru-cache';

/** A parsed shape with its plans. */
export interface PlannedShape {
  readonly statement: Statement;
  /** The statement's rules on rows, of which each call answers what the request decides. */
  readonly expressions: readonly PreparedExpression[];
  /** Rules of related tables whose conditions on the request alone decide whether the statement may run. */
  readonly requires: readonly CompiledRule[];
  /** By the shape of the rules' answers: one for most rules, a few where a list of roles or a null comes in. */
  readonly plans: Map<string, Plan>;
}

const MOST_SHAPES = 5_000;
const MOST_CHARACTERS = 16 * 1024 * 1024;
const MOST_PLANS_PER_SHAPE = 64;

/** The plans of one release, the most recently used ones; bounded in number and in size, for callers choose the shapes. */
export class PlanCache {
  readonly #shapes = new LRUCache<string, PlannedShape>({
    max: MOST_SHAPES,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (_, key) => key.length,
  });

  get(key: string): PlannedShape | undefined {
    return this.#shapes.get(key);
  }

  set(key: string, shape: PlannedShape): void {
    this.#shapes.set(key, shape);
  }

  /** Keeps a plan of a shape, under the shape of its rules' answers. */
  add({ plans }: PlannedShape, bindings: string, plan: Plan): void {
    if (plans.size >= MOST_PLANS_PER_SHAPE) plans.clear();
    plans.set(bindings, plan);
  }
}
