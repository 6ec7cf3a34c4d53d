import type { CompiledLogic, CompiledRule, Json } from '@santokit/contract';
import { expressionText } from '@santokit/policy';
import { mapValues } from './map-values.ts';

/** A rule as plain JSON, with CEL in place of its compiled expressions. */
export function readableRule({ condition, check, set, ...rule }: CompiledRule): Readonly<Record<string, Json>> {
  return {
    ...rule,
    ...(condition === undefined ? {} : { condition: expressionText(condition) }),
    ...(check === undefined ? {} : { check: expressionText(check) }),
    ...(set === undefined ? {} : { set: mapValues(set, expressionText) }),
  };
}

/** Logic as plain JSON, with CEL in place of its compiled condition. */
export function readableLogic({ condition, ...logic }: CompiledLogic): Readonly<Record<string, Json>> {
  const rest = logic as unknown as Readonly<Record<string, Json>>;
  return condition === undefined ? rest : { ...rest, condition: expressionText(condition) };
}
