import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeTester } from './testing/change-case.ts';
import { randomSchema } from './testing/random-schema.ts';
import { throughFiles } from './testing/through-files.ts';

const database = changeTester();

/** More runs find rarer pairs: `STK_PROPERTY_RUNS=500 vitest run packages/engine/src/postgres/schema/convergence`. */
const numRuns = Number(process.env.STK_PROPERTY_RUNS ?? 8);

test('whatever was declared before, applying what is declared leaves nothing to plan and no drift', {
  timeout: 20_000 + numRuns * 3_000,
}, async () => {
  const scratch = await database.empty();
  await fc.assert(
    fc.asyncProperty(randomSchema, randomSchema, fc.boolean(), async (before, after, isDropped) => {
      await scratch.clear();
      await scratch.migrate(before);
      expect(await scratch.rest(before)).toEqual({ steps: [], drift: 0 });

      const { steps } = await scratch.plan(after);
      expect(steps.filter((step) => step.class === 'unsupported')).toEqual([]);
      expect(await scratch.rest(after)).toMatchObject({ drift: steps.length });
      const inUse = await scratch.plan(after, { isInUse: true });
      const isInUse = inUse.steps.every((step) => step.class !== 'unsupported');
      await scratch.migrate(after, { isInUse, ...(isDropped ? { previous: before } : {}) });
      expect(await scratch.rest(after)).toEqual({ steps: [], drift: 0 });

      const { tables } = await scratch.pull();
      expect(await scratch.rest(tables)).toEqual({ steps: [], drift: 0 });
      expect(await scratch.rest(throughFiles(tables))).toEqual({ steps: [], drift: 0 });
    }),
    { numRuns },
  );
});
