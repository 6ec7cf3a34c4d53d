import type { Column, Json, ValueSpec } from '@santokit/contract';
import { compileValueCheck } from '../../statement/values/check-value.ts';
import { textForm } from '../statement/text-form.ts';
import { castType } from '../type-map.ts';

/** As `LogicEngine.parameterType` promises. */
export function parameterType(spec: ValueSpec, as?: 'array'): string {
  return castType(columnOf(spec, as));
}

/** As `LogicEngine.parameterBinder` promises. */
export function parameterBinder(spec: ValueSpec, as: 'array' | undefined, label: string): (value: Json) => string {
  const check = compileValueCheck(spec);
  const form = textForm(columnOf(spec, as));
  return (value) => form(check(value, label));
}

function columnOf(spec: ValueSpec, as: 'array' | undefined): Column {
  const native = as === 'array' ? { native: `${castType(innermost(spec))}[]` } : {};
  return { ...spec, ...native, name: '', nullable: false };
}

/** Arrays of the database have elements of one type, however deep they are. */
function innermost(spec: ValueSpec): ValueSpec {
  return spec.type === 'array' && spec.items !== undefined ? innermost(spec.items) : spec;
}
