import { StkError } from '@santokit/contract';
import { DatabaseError } from '../../database.ts';
import { databaseError } from '../database-error.ts';
import type { SchemaStep } from './schema-plan.ts';

/** SQLSTATEs of attempts that may well succeed a moment later: a lock was not had in time, or a deadlock was broken. */
const PASSING_CODES = new Set(['55P03', '40P01']);

const REASONS: Readonly<Record<string, string>> = {
  '23502': 'a row holds null',
  '23514': 'a row holds null, or a value that the check refuses',
  '23505': 'there are duplicates',
  '23503': 'a row refers to one that is not there',
  '22001': 'a value is longer than the new type allows',
  '22003': 'a value is beyond the range of the new type',
  '55P03': 'the table was in use and its lock was not to be had; try again when there is less traffic',
  '40P01': 'it kept getting into deadlocks with other work; try again when there is less traffic',
  '57014': 'it took longer than a step may take',
  '42501': 'the connection’s user may not do this',
};

/** SQLSTATE of an error of the server; undefined for any other. */
export function sqlState(thrown: unknown): string | undefined {
  const code = thrown instanceof Error ? (thrown as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether the same statement may succeed a moment later. */
export function isPassing(thrown: unknown): boolean {
  return PASSING_CODES.has(sqlState(thrown) ?? '');
}

/** What a failed step is reported as: `CONFLICT` with the reason in words, or `SERVICE_UNAVAILABLE` without a connection. */
export function applyError(step: SchemaStep, thrown: unknown): StkError {
  const code = sqlState(thrown) ?? '';
  const error = databaseError(thrown);
  const known = REASONS[code];
  if (known === undefined && error instanceof StkError) return error;
  const reason = known ?? (error instanceof DatabaseError ? error.message : 'the database refused it');
  return new StkError(
    'CONFLICT',
    `Changing ${step.table} failed at "${step.what}": ${reason}`,
    { connection: step.connection, table: step.table, step: step.what, ...(code === '' ? {} : { sqlState: code }) },
    { cause: thrown },
  );
}
