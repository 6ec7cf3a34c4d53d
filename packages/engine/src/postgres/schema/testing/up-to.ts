import type { SchemaPlan } from '../schema-plan.ts';

/** The plan up to its group `count`. */
export function upTo(plan: SchemaPlan, count: number): SchemaPlan {
  let left = count;
  const steps = plan.steps.flatMap((step) => {
    const groups = step.groups.slice(0, left);
    left -= groups.length;
    return groups.length === 0 ? [] : [{ ...step, groups }];
  });
  return { ...plan, steps };
}
