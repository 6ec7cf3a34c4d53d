import type { Column } from '@santokit/contract';
import { type NativeType, parseNativeType } from '../native-type.ts';
import { nativeType } from '../type-map.ts';
import type { LiveColumn } from './live-schema.ts';

export interface TypeChange {
  /** `widen` keeps every value, `narrow` only those that fit, `unsupported` needs code. */
  readonly kind: 'widen' | 'narrow' | 'unsupported';
  readonly from: string;
  readonly to: string;
  /** Whether every row is written anew, under the lock. */
  readonly rewrites: boolean;
  /** Of `narrow`: true for a row whose value does not fit, in terms of the quoted column `$column`. */
  readonly misfit?: string;
}

/** What changing a column's type means for the values that are there (manual, `ALTER TABLE`, notes on rewrites). */
export function typeChange(column: Column, live: LiveColumn): TypeChange {
  const to = nativeType(column);
  const change = { from: live.type, to };
  const [from, target] = [parsed(live.type), parsed(to)];
  if (from === undefined || target === undefined || from.isArray || target.isArray || from.schema || target.schema) {
    return { ...change, kind: 'unsupported', rewrites: false };
  }
  return {
    ...change,
    ...(textChange(from, target) ?? numberChange(from, target) ?? timeChange(from, target) ?? UNSUPPORTED),
  };
}

/** Whether values of the new type are compared with the old one's, and all that those are compared with, by the index of either. */
export function staysComparable({ from, to }: Pick<TypeChange, 'from' | 'to'>): boolean {
  const [before, after] = [parsed(from), parsed(to)].map((type) => COMPARABLE[type?.name ?? '']);
  return before !== undefined && before === after;
}

const COMPARABLE: Readonly<Record<string, string>> = {
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  real: 'float',
  'double precision': 'float',
  numeric: 'numeric',
};

type Verdict = Pick<TypeChange, 'kind' | 'rewrites' | 'misfit'>;
const UNSUPPORTED: Verdict = { kind: 'unsupported', rewrites: false };
const WIDEN_IN_PLACE: Verdict = { kind: 'widen', rewrites: false };
const WIDEN_BY_REWRITE: Verdict = { kind: 'widen', rewrites: true };

const TEXTS = new Set(['text', 'character varying', 'character', 'bpchar', 'citext']);

function textChange(from: NativeType, to: NativeType): Verdict | undefined {
  if (!TEXTS.has(from.name) || !TEXTS.has(to.name)) return undefined;
  if (from.name === 'citext' || to.name === 'citext') return UNSUPPORTED;
  const [fromLength, toLength] = [lengthOf(from), lengthOf(to)];
  const isPadded = to.name === 'character';
  if (fromLength <= toLength && !isPadded) {
    return { kind: 'widen', rewrites: from.name === 'character' };
  }
  if (isPadded && from.name === 'character' && fromLength <= toLength) return WIDEN_BY_REWRITE;
  return { kind: 'narrow', rewrites: true, misfit: `char_length($column::text) > ${toLength}` };
}

/** By the names of types. */
export const INTEGER_BITS: Readonly<Record<string, number>> = { smallint: 16, integer: 32, bigint: 64 };

function numberChange(from: NativeType, to: NativeType): Verdict | undefined {
  const [fromBits, toBits] = [INTEGER_BITS[from.name], INTEGER_BITS[to.name]];
  if (fromBits !== undefined && toBits !== undefined) {
    if (fromBits < toBits) return WIDEN_BY_REWRITE;
    const bound = 2n ** BigInt(toBits - 1);
    return { kind: 'narrow', rewrites: true, misfit: `$column NOT BETWEEN ${-bound} AND ${bound - 1n}` };
  }
  if (fromBits !== undefined && to.name === 'numeric') {
    if (to.modifiers.length === 0) return WIDEN_BY_REWRITE;
    return { kind: 'narrow', rewrites: true, misfit: `abs($column::numeric) >= ${tenTo(wholeDigits(to))}` };
  }
  if (from.name === 'real' && to.name === 'double precision') return WIDEN_BY_REWRITE;
  if (fromBits !== undefined && fromBits <= 32 && to.name === 'double precision') return WIDEN_BY_REWRITE;
  if (from.name !== 'numeric' || to.name !== 'numeric') return undefined;
  return numericChange(from, to);
}

function numericChange(from: NativeType, to: NativeType): Verdict {
  if (to.modifiers.length === 0) return WIDEN_IN_PLACE;
  const isBounded = from.modifiers.length > 0;
  if (isBounded && scaleOf(from) <= scaleOf(to) && wholeDigits(from) <= wholeDigits(to)) {
    return scaleOf(from) === scaleOf(to) ? WIDEN_IN_PLACE : WIDEN_BY_REWRITE;
  }
  const misfit = `$column <> round($column, ${scaleOf(to)}) OR abs(round($column, ${scaleOf(to)})) >= ${tenTo(wholeDigits(to))}`;
  return { kind: 'narrow', rewrites: true, misfit };
}

/** The same kind of instant with more digits behind the second; other changes depend on a time zone. */
function timeChange(from: NativeType, to: NativeType): Verdict | undefined {
  if (from.name !== to.name || !/^time(stamp)? /.test(from.name)) return undefined;
  if (Number(from.modifiers[0] ?? 6) <= Number(to.modifiers[0] ?? 6)) return WIDEN_IN_PLACE;
  return {
    kind: 'narrow',
    rewrites: true,
    misfit: `$column <> $column::${from.name.replace(/^(\w+)/, `$1(${to.modifiers[0]})`)}`,
  };
}

function lengthOf(type: NativeType): number {
  return Number(type.modifiers[0] ?? Number.POSITIVE_INFINITY);
}

function scaleOf(type: NativeType): number {
  return Number(type.modifiers[1] ?? 0);
}

function wholeDigits(type: NativeType): number {
  return Number(type.modifiers[0]) - scaleOf(type);
}

/** 10 to the power of `digits`, as SQL of type numeric. */
function tenTo(digits: number): string {
  return digits >= 0 ? `1${'0'.repeat(digits)}` : `0.${'0'.repeat(-digits - 1)}1`;
}

function parsed(type: string): NativeType | undefined {
  try {
    return parseNativeType(type);
  } catch {
    return undefined;
  }
}
