import { type Json, StkError } from '@santokit/contract';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { RowLimit, Slot } from '../../statement/statement.ts';
import { parameter } from './fragments.ts';

/** ` limit …`: the rows that are shown and, where it is to be known whether more follow, one. */
export function limitClause(limit: RowLimit, ahead: 0 | 1 = 0): SQL {
  const rows = (values: readonly Json[]) => {
    const shown = rowsShown(limit, values);
    return String(shown === 0 ? 0 : shown + ahead);
  };
  return limit.slot === undefined
    ? sql` limit ${sql.raw(rows([]))}`
    : sql` limit ${parameter(({ values }) => rows(values), 'bigint')}`;
}

/** ` offset …`, or nothing. */
export function offsetClause(offset: Slot | undefined): SQL {
  if (offset === undefined) return sql``;
  return sql` offset ${parameter(({ values }) => String(wholeNumber(values[offset], 'offset')), 'bigint')}`;
}

/**
 * The most rows that an answer shows: a caller that asks for too many is refused, a rule's own limit lowers it.
 * @throws StkError `BAD_REQUEST`
 */
export function rowsShown(limit: RowLimit, values: readonly Json[]): number {
  const { slot, most, cap, name } = limit;
  if (slot === undefined) return Math.min(limit.default, most, cap ?? most);
  const rows = wholeNumber(values[slot], name);
  if (rows > most) throw new StkError('BAD_REQUEST', `${name} must be at most ${most}`);
  return Math.min(rows, cap ?? rows);
}

function wholeNumber(value: Json | undefined, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new StkError('BAD_REQUEST', `${name} must be a whole number that is not negative`);
  return value;
}
