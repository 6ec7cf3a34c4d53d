import { type Column, type ErrorCode, StkError, type Table } from '@santokit/contract';
import { type DatabaseError, SchemaMismatch } from '../../database.ts';
import {
  CHECK_VIOLATION,
  HIDDEN_PAYLOAD,
  NO_SYSTEM_COLUMN,
  OUT_OF_BOUNDS,
  PAYLOAD_SCHEMA,
  PAYLOAD_SIZE,
  TOO_MANY_ROWS,
} from '../database-error.ts';
import { checkName, foreignKeyName, indexName } from '../schema/object-name.ts';
import { storedName } from '../stored-name.ts';

/**
 * What the caller is told when PostgreSQL refused a statement (SQLSTATEs: manual, appendix A). Columns and constraints are named
 * when the schema declares them and the caller `knows` of them; values never are.
 */
export function statementRefusal(error: DatabaseError, table: Table, knows: (column: string) => boolean): StkError {
  const details = detailsOf(error, table, knows);
  const refusal = (code: ErrorCode, message: string) => new StkError(code, message, details, { cause: error });
  if (error instanceof SchemaMismatch)
    return new StkError('SERVICE_UNAVAILABLE', 'The database is being changed: try again', undefined, { cause: error });
  switch (error.code) {
    case CHECK_VIOLATION:
      return new StkError('FORBIDDEN', 'The row is not allowed to be written');
    case TOO_MANY_ROWS:
      return new StkError('RESULT_TOO_LARGE', 'More rows would come back than may be; nothing was written');
    case PAYLOAD_SCHEMA:
      return payloadRefusal(error);
    case HIDDEN_PAYLOAD:
      // Which column of the row it is, and what is asked of it, is for the log.
      return new StkError(
        'SCHEMA_VALIDATION_FAILED',
        'The event of a row cannot be made: nothing was written',
        undefined,
        {
          cause: error,
        },
      );
    case PAYLOAD_SIZE:
      return new StkError('PAYLOAD_TOO_LARGE', 'The payload of an event has at most 1 MB: nothing was written');
    case NO_SYSTEM_COLUMN:
      // Only an upsert asks, for which of two checks a row is held to.
      return refusal(
        'BAD_REQUEST',
        'A partitioned table takes no upsert whose rows a rule checks: insert and update them',
      );
    case OUT_OF_BOUNDS:
      return outOfBounds(Object.keys(table.columns)[Number(error.column)]);
    case '23505':
      return refusal('CONFLICT', 'A row with the same unique values exists already');
    case '23503':
      return refusal('CONFLICT', 'The row refers to a row that does not exist, or is referred to by another');
    case '23001':
      return refusal('CONFLICT', 'The row is referred to by another');
    case '23P01':
      return refusal('CONFLICT', 'The row excludes another that exists already');
    case '23502':
      return refusal('BAD_REQUEST', 'A required column has no value');
    case '23514':
      return refusal('BAD_REQUEST', 'A value breaks a constraint of the database');
    case '21000':
      return refusal('BAD_REQUEST', 'Two rows of data are the same in the columns by which rows are told apart');
    case '40001':
    case '40P01':
      return refusal('CONFLICT', 'The rows were changed by another call at the same time');
    case 'P0001':
      return refusal('BAD_REQUEST', 'The database refused the write');
    case '25006':
      return new StkError('SERVICE_UNAVAILABLE', 'The database accepts no writes now', undefined, { cause: error });
    case '55000':
      // A materialized view that was never refreshed.
      return new StkError('SERVICE_UNAVAILABLE', 'The database has no rows to read yet', undefined, { cause: error });
    case '0A000':
    case '42883':
    case '42704':
      return refusal('BAD_REQUEST', 'An operator does not apply to the type of its column');
    case '42P22':
      // A plan refuses the relation; the database was changed since.
      return refusal(
        'BAD_REQUEST',
        'The columns of a relation have two collations, of which the database chooses neither',
      );
    case '428C9':
      return refusal('BAD_REQUEST', 'A column is written by the database alone');
    case '54000':
    case '54001':
    case '54023':
      return refusal('BAD_REQUEST', 'The call is too complex for the database');
    default:
      if (/^(21|22|23|44)/.test(error.code)) return refusal('BAD_REQUEST', 'A value is not acceptable to the database');
      return new StkError('INTERNAL_ERROR', 'Internal error', undefined, { cause: error });
  }
}

/** As payloads are refused that a call publishes. */
function payloadRefusal({ table: topic, column: field = '' }: DatabaseError): StkError {
  return new StkError('SCHEMA_VALIDATION_FAILED', `The event of a row does not fit the schema of its topic ${topic}`, {
    problems: [{ field, message: `${field} is not as the topic asks` }],
  });
}

function outOfBounds(column: string | undefined): StkError {
  if (column === undefined) return new StkError('BAD_REQUEST', 'A value would leave its bounds');
  return new StkError('BAD_REQUEST', `${column} would leave its bounds`, { column });
}

function detailsOf(
  { code, column, constraint, table: where, keyColumns = [] }: DatabaseError,
  table: Table,
  knows: (column: string) => boolean,
): { column?: string; constraint?: string } | undefined {
  if (where !== undefined && where !== storedName(table)) return undefined;
  if (column !== undefined && Object.hasOwn(table.columns, column)) return knows(column) ? { column } : undefined;
  if (constraint === undefined) return undefined;
  const columns = declaredConstraint(constraint, table) ?? declaredKey(code, keyColumns, table);
  if (columns === undefined || !columns.every(knows)) return undefined;
  const [only] = columns;
  return columns.length === 1 && only !== undefined ? { column: only, constraint } : { constraint };
}

/** The columns of a constraint that the schema declares, by the name that it has in the database. */
function declaredConstraint(constraint: string, table: Table): readonly string[] | undefined {
  if (constraint === `${storedName(table)}_pkey`) return table.key.columns;
  const index = table.indexes.find((each) => (each.name ?? indexName(storedName(table), each)) === constraint);
  if (index !== undefined) return index.columns;
  const column = Object.values(table.columns).find((each) => constraintNames(table, each).includes(constraint));
  return column === undefined ? undefined : [column.name];
}

/** The same for a constraint of an adopted database, whose name the schema does not hold: found by its columns. */
function declaredKey(code: string, columns: readonly string[], table: Table): readonly string[] | undefined {
  const [only = ''] = columns;
  const column = columns.length === 1 && Object.hasOwn(table.columns, only) ? table.columns[only] : undefined;
  if (code === '23503') return column?.references === undefined ? undefined : columns;
  const isThese = (key: readonly string[]) =>
    key.length === columns.length && key.every((each) => columns.includes(each));
  if (column?.unique || isThese(table.key.columns)) return columns;
  return table.indexes.some((index) => index.unique && isThese(index.columns)) ? columns : undefined;
}

function constraintNames(table: Table, column: Column): string[] {
  const unique = column.unique ? [indexName(storedName(table), { columns: [column.name], unique: true })] : [];
  const check = column.enforce ? [checkName(storedName(table), column.name)] : [];
  const key = column.references === undefined ? [] : [foreignKeyName(storedName(table), column.name)];
  return [...unique, ...check, ...key];
}
