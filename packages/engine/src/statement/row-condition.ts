import type { Expression } from '@santokit/contract';
import { mentionsRow } from '@santokit/policy';

/** The part of a condition that a statement has to hold; one about the request alone is decided once, before it. */
export function rowCondition(condition: Expression | undefined): Expression | undefined {
  return condition !== undefined && mentionsRow(condition) ? condition : undefined;
}
