import type { Plan } from './plan.ts';

/** The plan with warnings in its answers' `meta`. They are the same each time, so nothing is worked out for a call. */
export function withWarnings({ writer: _, ...plan }: Plan, warnings: readonly string[]): Plan {
  const member = `"warnings":${JSON.stringify(warnings)}`;
  return {
    ...plan,
    answer(result, input) {
      const { data, meta } = plan.answer(result, input);
      return { data, meta: meta === undefined ? `{${member}}` : `${meta.slice(0, -1)},${member}}` };
    },
  };
}
