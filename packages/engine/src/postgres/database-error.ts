import { OWN_SCHEMA, StkError } from '@santokit/contract';
import postgres from 'postgres';
import { AnswerSizeUnknown, DatabaseError, SchemaMismatch } from '../database.ts';
import {
  ANSWER_SIZE_MARKER,
  CHECK_MARKER,
  HIDDEN_PAYLOAD_MARKER,
  OUT_OF_BOUNDS_MARKER,
  PAYLOAD_SCHEMA_MARKER,
  PAYLOAD_SIZE_MARKER,
  TOO_MANY_ROWS_MARKER,
} from './check-marker.ts';
import { isStandInName } from './schema/object-name.ts';
import { timedOut } from './statement-watch.ts';

const QUERY_CANCELED = '57014';
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const INVALID_TEXT_REPRESENTATION = '22P02';
const RAISE_EXCEPTION = 'P0001';
/** Stand in for the SQLSTATE where a statement raised the error itself. */
export const CHECK_VIOLATION = 'STK01';
export const TOO_MANY_ROWS = 'STK02';
export const NO_SYSTEM_COLUMN = 'STK04';
const ANSWER_SIZE = 'STK05';
export const PAYLOAD_SIZE = 'STK06';
/** `table` is the topic then, and `column` the field of the payload. */
export const PAYLOAD_SCHEMA = 'STK07';
/** The same where the caller is not told of them. */
export const HIDDEN_PAYLOAD = 'STK08';
/** `column` is the column's place in its table then. */
export const OUT_OF_BOUNDS = 'STK03';

/** Whether the server (or, before it was sent, the driver) says that the statement was cancelled. */
export function isCancellation(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown as { code?: unknown }).code === QUERY_CANCELED;
}

/**
 * What a failed statement is reported as: `SERVICE_UNAVAILABLE` when there is no working connection, `QUERY_TIMEOUT` when it was cancelled or
 * a lock was not had in time, else a `DatabaseError`. Addresses, credentials and values stay out of messages.
 */
export function databaseError(thrown: unknown): StkError | DatabaseError {
  if (thrown instanceof StkError) return thrown;
  if (!(thrown instanceof postgres.PostgresError)) {
    const code = (thrown as { code?: unknown } | null)?.code;
    if (code === 'MAX_PARAMETERS_EXCEEDED' || code === 'UNDEFINED_VALUE')
      return new DatabaseError({ code: 'XX000', message: String(code) });
    return unavailable(typeof code === 'string' ? code : 'connection lost');
  }
  const { code } = thrown;
  if (code === QUERY_CANCELED) return timedOut();
  if (isUnavailable(code)) return unavailable(code);
  if (code === '55P03') return new StkError('QUERY_TIMEOUT', 'The query waited too long for a lock');
  const raised = code === INVALID_TEXT_REPRESENTATION ? raisedByStatement(thrown.message) : undefined;
  if (raised !== undefined) return raised;
  if (code === '0A000' && SYSTEM_COLUMN_ROUTINE.test(thrown.routine ?? ''))
    return new DatabaseError({ code: NO_SYSTEM_COLUMN, message: thrown.message });
  const mismatch = mismatchOf(thrown);
  if (mismatch !== undefined) return new SchemaMismatch(mismatch, { code, message: thrown.message });
  return new DatabaseError({
    code,
    message: mayHoldValues(code) ? `SQLSTATE ${code}` : thrown.message,
    constraint: thrown.constraint_name,
    table: thrown.table_name,
    column: thrown.column_name,
    keyColumns: code === UNIQUE_VIOLATION || code === FOREIGN_KEY_VIOLATION ? keyColumnsIn(thrown.detail) : undefined,
    raised: code === RAISE_EXCEPTION ? thrown.message : undefined,
  });
}

/** Raises `0A000` where a row of a partitioned table is asked for what only its partition knows of it; the message is in the server's language. */
const SYSTEM_COLUMN_ROUTINE = /getsysattr$/;

/** Undefined column, table and namespace, and no unique index that an upsert could go by (manual, appendix A). */
const MISSING = new Set(['42703', '42P01', '3F000', '42P10']);
/** The name stands in the message, whose other words are in the server's language. */
const OWN_TABLE = new RegExp(`\\b${OWN_SCHEMA}\\.`);
/** Raises `0A000` for a prepared statement whose result would be of other types now; the message is in the server's language. */
const STALE_PLAN_ROUTINE = 'RevalidateCachedQuery';

function mismatchOf(thrown: postgres.PostgresError): SchemaMismatch['of'] | undefined {
  const { code, routine, message, constraint_name: constraint = '' } = thrown;
  // An upsert goes by the key alone: two at once of one new row can meet in the index of the key's stand-in, which is as unique.
  if (code === UNIQUE_VIOLATION && isStandInName(constraint)) return 'prepared';
  if (MISSING.has(code)) return OWN_TABLE.test(message) ? 'own' : 'schema';
  return code === '0A000' && routine === STALE_PLAN_ROUTINE ? 'prepared' : undefined;
}

/**
 * The columns in `Key (a, b)=(1, 2) already exists.`, whatever the server's language; nothing of the values behind them. Only the first
 * parenthesis counts, for a value may hold the like of it.
 */
function keyColumnsIn(detail: string | undefined): readonly string[] | undefined {
  return KEY_COLUMNS.exec(detail ?? '')?.[1]?.split(', ');
}

const KEY_COLUMNS = /^[^(]*\(([^()]+)\)=\(/;

function raisedByStatement(message: string): DatabaseError | undefined {
  if (message.includes(CHECK_MARKER))
    return new DatabaseError({ code: CHECK_VIOLATION, message: 'A check did not hold' });
  if (message.includes(TOO_MANY_ROWS_MARKER))
    return new DatabaseError({ code: TOO_MANY_ROWS, message: 'Too many rows' });
  if (message.includes(PAYLOAD_SIZE_MARKER))
    return new DatabaseError({ code: PAYLOAD_SIZE, message: 'A payload was too large' });
  if (message.includes(ANSWER_SIZE_MARKER))
    return new AnswerSizeUnknown({ code: ANSWER_SIZE, message: 'The answer may be too large' });
  const [, marker, topic, field] = PAYLOAD_FIELD.exec(message) ?? [];
  if (marker !== undefined) {
    const code = marker === PAYLOAD_SCHEMA_MARKER ? PAYLOAD_SCHEMA : HIDDEN_PAYLOAD;
    const told = `The field ${field} of a row's event is not as its topic ${topic} asks`;
    return new DatabaseError({ code, message: told, table: topic, column: field });
  }
  const [, column] = OUT_OF_BOUNDS_PLACE.exec(message) ?? [];
  return column === undefined
    ? undefined
    : new DatabaseError({ code: OUT_OF_BOUNDS, message: 'A value left its bounds', column });
}

const PAYLOAD_FIELD = new RegExp(`(${PAYLOAD_SCHEMA_MARKER}|${HIDDEN_PAYLOAD_MARKER})(\\w+)\\.([^."]*)\\.`);
const OUT_OF_BOUNDS_PLACE = new RegExp(`${OUT_OF_BOUNDS_MARKER}(\\d+)`);

/** Connection exceptions, refused logins, missing databases, exhausted resources, a server that stops or starts. */
function isUnavailable(code: string): boolean {
  return /^(08|28|53|57P0|3D000)/.test(code);
}

/** Data exceptions, constraint violations and raised exceptions quote what was written. */
function mayHoldValues(code: string): boolean {
  return /^(21|22|23|44|P0)/.test(code);
}

function unavailable(why: string): StkError {
  return new StkError('SERVICE_UNAVAILABLE', 'The database cannot be reached', undefined, { cause: new Error(why) });
}
