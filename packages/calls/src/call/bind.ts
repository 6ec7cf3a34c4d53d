import type { BindInput, Plan } from '@santokit/engine';

/** Step 5: the parameters of the plan, each checked against its column. @throws StkError `BAD_REQUEST` naming the column */
export function bind(plan: Plan, input: BindInput): (string | null)[] {
  const { binders, guard } = plan;
  guard?.(input.values);
  const params: (string | null)[] = [];
  for (const binder of binders) params.push(binder(input));
  return params;
}
