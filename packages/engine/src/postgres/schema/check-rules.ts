import { type Column, type Json, StkError, type ValueSpec } from '@santokit/contract';
import { decimalText, writtenDecimal } from '@santokit/policy';
import { compareDecimals } from '../../statement/values/decimal.ts';
import { parseNativeType } from '../native-type.ts';
import { nativeType } from '../type-map.ts';
import { quoteIdentifier, quoteLiteral } from './identifier.ts';
import { canonicalLiteral } from './literal.ts';

/** What a check of the database asks of the values of one column; numbers as decimal text. */
export interface CheckRules {
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly min?: string;
  readonly max?: string;
}

type CheckedColumn = Pick<Column, 'name' | 'type' | 'native' | 'precision' | 'scale'>;

/** The rules that the database is to check for a column that says `enforce`; undefined where there is none to check. */
export function enforcedRules(column: Column): CheckRules | undefined {
  if (column.enforce !== true) return undefined;
  const { minLength, min, max } = column;
  const rules = {
    ...(column.enum === undefined ? {} : { enum: column.enum.map(String) }),
    ...(minLength === undefined ? {} : { minLength }),
    ...lengthBeyondType(column),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
  return Object.keys(rules).length === 0 ? undefined : canonicalRules(column, rules);
}

/** The same rules in one form for all spellings of their values. */
export function canonicalRules(column: CheckedColumn, rules: CheckRules): CheckRules {
  const type = comparedAs(column);
  const canonical = (text: string) => canonicalText(type, text);
  return {
    ...rules,
    ...(rules.enum === undefined ? {} : { enum: [...new Set(rules.enum.map(canonical))].sort() }),
    ...(rules.min === undefined ? {} : { min: canonical(rules.min) }),
    ...(rules.max === undefined ? {} : { max: canonical(rules.max) }),
  };
}

/** The rules as members of a declaration. */
export function declaredRules(column: CheckedColumn, rules: CheckRules): Partial<ValueSpec> {
  const { enum: values, ...others } = canonicalRules(column, rules);
  const isNumber = column.type === 'int' || column.type === 'float';
  return {
    ...others,
    ...(values === undefined ? {} : { enum: values.map((one): Json => (isNumber ? Number(one) : one)) }),
  };
}

/** The condition of the check, for rules in their one form; null passes it. */
export function checkCondition(column: CheckedColumn, rules: CheckRules): string {
  const type = comparedAs(column);
  const value = `${quoteIdentifier(column.name)}::${type}`;
  const bound = (text: string) => `${quoteLiteral(text)}::${type}`;
  return [
    ...(rules.enum === undefined ? [] : [`${value} = ANY (${quoteLiteral(listText(rules.enum))}::${type}[])`]),
    ...(rules.minLength === undefined ? [] : [`char_length(${value}) >= ${rules.minLength}`]),
    ...(rules.maxLength === undefined ? [] : [`char_length(${value}) <= ${rules.maxLength}`]),
    ...(rules.min === undefined ? [] : [`${value} >= ${bound(rules.min)}`]),
    ...(rules.max === undefined ? [] : [`${value} <= ${bound(rules.max)}`]),
  ].join(' AND ');
}

/** Whether every value that `from` lets pass passes `to` too; both in their one form. */
export function isWider(from: CheckRules, to: CheckRules): boolean {
  const atLeast = (bound: number | string | undefined, old: number | string | undefined) =>
    bound === undefined || (old !== undefined && compareDecimals(String(old), String(bound)) >= 0);
  const atMost = (bound: number | string | undefined, old: number | string | undefined) =>
    bound === undefined || (old !== undefined && compareDecimals(String(old), String(bound)) <= 0);
  return (
    atLeast(to.minLength, from.minLength) &&
    atLeast(to.min, from.min) &&
    atMost(to.maxLength, from.maxLength) &&
    atMost(to.max, from.max) &&
    (to.enum === undefined || (from.enum?.every((value) => to.enum?.includes(value)) ?? false))
  );
}

/** Whether both, in their one form, are the same. */
export function isSameRules(left: CheckRules, right: CheckRules): boolean {
  return isWider(left, right) && isWider(right, left);
}

/** The rules in words. */
export function rulesText(rules: CheckRules): string {
  return [
    ...(rules.enum === undefined ? [] : [`one of ${listed(rules.enum)}`]),
    ...(rules.minLength === undefined ? [] : [`at least ${rules.minLength} characters`]),
    ...(rules.maxLength === undefined ? [] : [`at most ${rules.maxLength} characters`]),
    ...(rules.min === undefined ? [] : [`at least ${rules.min}`]),
    ...(rules.max === undefined ? [] : [`at most ${rules.max}`]),
  ].join(', ');
}

const MOST_SHOWN = 20;

function listed(values: readonly string[]): string {
  const more = values.length > MOST_SHOWN ? ` and ${values.length - MOST_SHOWN} more` : '';
  return values.slice(0, MOST_SHOWN).join(', ') + more;
}

type ComparedType = 'text' | 'numeric' | 'real' | 'double precision';

/** The type in which values are compared: exactly for whole and decimal numbers, floats as they are stored. */
function comparedAs(column: CheckedColumn): ComparedType {
  if (column.type === 'string' || column.type === 'file') return 'text';
  if (column.type !== 'float') return 'numeric';
  return nativeType(column) === 'real' ? 'real' : 'double precision';
}

/** A type of a limited length checks that length itself. */
function lengthBeyondType(column: Column): { maxLength?: number } {
  if (column.maxLength === undefined) return {};
  const [length] = modifiersOf(column);
  return typeof length === 'number' && length <= column.maxLength ? {} : { maxLength: column.maxLength };
}

function modifiersOf(column: Column): readonly (number | string)[] {
  try {
    const { name, modifiers } = parseNativeType(nativeType(column));
    return name === 'character varying' || name === 'character' ? modifiers : [];
  } catch (thrown) {
    if (thrown instanceof StkError) return [];
    throw thrown;
  }
}

const GREATEST_REAL = 3.4028234663852886e38;

function canonicalText(type: ComparedType, text: string): string {
  switch (type) {
    case 'text':
      return text;
    case 'numeric':
      return canonicalLiteral({ type: 'decimal' }, text);
    case 'real':
      return decimalText(writtenDecimal(Math.fround(clamped(Number(text), GREATEST_REAL))));
    case 'double precision':
      return decimalText(writtenDecimal(clamped(Number(text), Number.MAX_VALUE)));
  }
}

/** Bounds beyond what the type can hold would be no numbers to the server. */
function clamped(value: number, greatest: number): number {
  return Math.min(Math.max(value, -greatest), greatest);
}

function listText(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
