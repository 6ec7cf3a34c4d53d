import { createHash } from 'node:crypto';
import type { SchemaStep } from './schema-plan.ts';

/**
 * Identifies what a plan would do: SHA-256, hex, over the steps in order. Row counts are left out, as they change while
 * nobody touches the schema.
 */
export function planHash(steps: readonly SchemaStep[]): string {
  const canonical = steps.map((step) => [
    step.connection,
    step.schema,
    step.table,
    step.class,
    step.what,
    step.lock,
    step.groups.map((group) => [group.mode, group.duration, group.statements]),
  ]);
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
