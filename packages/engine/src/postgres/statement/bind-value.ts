import { type Column, type Json, StkError } from '@santokit/contract';
import type { Binder } from '../../statement/plan.ts';
import type { ComparisonOperator, ResultColumn, Slot } from '../../statement/statement.ts';
import {
  compileComparisonCheck,
  compileTypeCheck,
  compileValueCheck,
  type ValueCheck,
} from '../../statement/values/check-value.ts';
import { arrayLiteral, textForm } from './text-form.ts';

/** Binds a value that is written to a column: all that the column asks of it is checked. */
export function columnBinder(column: Column): (value: Json) => string | null {
  const check = compileValueCheck(column);
  const form = textForm(column);
  const { name, nullable } = column;
  return (value) => {
    if (value !== null) return form(check(value, name));
    if (!nullable) throw invalid(name, 'must not be null');
    return null;
  };
}

/** Binds a value that a column is compared with: it must be of the column's type. */
export function comparisonBinder(column: ResultColumn, operator: ComparisonOperator, slot: Slot): Binder {
  const { name } = column;
  const check = comparisonCheck(column);
  const form = textForm(column);
  switch (operator) {
    case '$in':
    case '$notIn':
      return ({ values }) => arrayLiteral(items(values[slot], name, operator).map((item) => form(check(item, name))));
    case '$startsWith':
      return ({ values }) => `${literalPattern(check(values[slot] ?? null, name))}%`;
    case '$endsWith':
      return ({ values }) => `%${literalPattern(check(values[slot] ?? null, name))}`;
    case '$like':
    case '$ilike':
      return ({ values }) => completePattern(check(values[slot] ?? null, name), name);
    case '$contains':
      return containmentBinder(column, check, slot);
    default:
      return ({ values }) => form(check(values[slot] ?? null, name));
  }
}

/** A comparison may be finer than what the column stores. */
function comparisonCheck({ isComputed, ...column }: ResultColumn): ValueCheck {
  const check = compileComparisonCheck(column);
  if (isComputed === undefined) return check;
  return (value, name) => (typeof value === 'number' ? checkNumber(value, name) : check(value, name));
}

const checkNumber = compileTypeCheck({ type: 'float' });

function containmentBinder(column: Column, check: ValueCheck, slot: Slot): Binder {
  if (column.type === 'json') return ({ values }) => check(values[slot] ?? null, column.name);
  if (column.type !== 'array') return ({ values }) => `%${literalPattern(check(values[slot] ?? null, column.name))}%`;
  const form = textForm(column);
  return ({ values }) => {
    const value = values[slot] ?? null;
    return form(check(Array.isArray(value) ? value : [value], column.name));
  };
}

function items(value: Json | undefined, name: string, operator: string): readonly Json[] {
  // How many they may be was looked at when the call was taken apart.
  if (!Array.isArray(value)) throw new StkError('BAD_REQUEST', `${operator} takes a list of values`, { column: name });
  return value;
}

/** The server would complain about an escape with nothing behind it, but only when it meets a row that matches so far. */
function completePattern(pattern: string, name: string): string {
  const escapes = /\\*$/.exec(pattern)?.[0].length ?? 0;
  if (escapes % 2 === 1) throw invalid(name, 'is compared with a pattern that ends in an escape');
  return pattern;
}

/** `%`, `_` and `\` stand for themselves. */
function literalPattern(text: string): string {
  return text.replace(/[%_\\]/g, '\\$&');
}

function invalid(name: string, reason: string): StkError {
  return new StkError('BAD_REQUEST', `${name} ${reason}`, { column: name });
}
