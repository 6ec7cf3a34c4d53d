import { type Column, type Json, StkError, type ValueSpec } from '@santokit/contract';
import { compileTypeCheck, compileValueCheck } from '../../statement/values/check-value.ts';
import { textForm } from '../statement/text-form.ts';
import { castType } from '../type-map.ts';

/** As `LogicEngine.parameterType` promises. */
export function parameterType(spec: ValueSpec, as?: 'array'): string {
  return castType(columnOf(spec, as));
}

/** As `LogicEngine.parameterBinder` promises. */
export function parameterBinder(spec: ValueSpec, as: 'array' | undefined, name: string): (value: Json) => string {
  const check = compileValueCheck(spec);
  const isOfType = typeTest(spec, name);
  const form = textForm(columnOf(spec, as));
  return (value) => {
    try {
      return form(check(value, name));
    } catch (thrown) {
      if (!(thrown instanceof StkError)) throw thrown;
      if (isOfType(value)) throw new StkError('BAD_REQUEST', thrown.message, { param: name });
      throw new StkError('BAD_REQUEST', `Invalid type for param: ${name}`, { param: name, reason: thrown.message });
    }
  };
}

function typeTest(spec: ValueSpec, name: string): (value: Json) => boolean {
  const check = compileTypeCheck(spec);
  return (value) => {
    try {
      check(value, name);
      return true;
    } catch {
      return false;
    }
  };
}

function columnOf(spec: ValueSpec, as: 'array' | undefined): Column {
  const native = as === 'array' ? { native: `${castType(innermost(spec))}[]` } : {};
  return { ...spec, ...native, name: '', nullable: false };
}

/** Arrays of the database have elements of one type, however deep they are. */
function innermost(spec: ValueSpec): ValueSpec {
  return spec.type === 'array' && spec.items !== undefined ? innermost(spec.items) : spec;
}
