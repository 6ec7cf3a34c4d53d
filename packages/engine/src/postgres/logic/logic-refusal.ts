import { StkError } from '@santokit/contract';
import { type DatabaseError, SchemaMismatch } from '../../database.ts';
import type { LogicRefusalContext } from '../../logic-engine.ts';
import { statementRefusal } from '../statement/statement-refusal.ts';
import { storedName } from '../stored-name.ts';

/**
 * As `LogicEngine.refusal` promises. Broken constraints, values that are not acceptable and rows that others changed are told as those of
 * CRUD are. What is left is wrong in the logic itself, and only the log says what.
 */
export function logicRefusal(error: DatabaseError, { tables, readOnly }: LogicRefusalContext): StkError {
  if (error instanceof SchemaMismatch) return internal(error);
  // The author's own words, written for whoever calls (PL/pgSQL: RAISE EXCEPTION without a code of its own).
  if (error.raised !== undefined)
    return new StkError('BAD_REQUEST', error.raised.slice(0, MOST_RAISED_CHARACTERS), undefined, { cause: error });
  if (error.code === '25006' && readOnly) return internal(error);
  if (!TOLD_AS_CRUD.test(error.code)) return internal(error);
  const table = tables.find((each) => storedName(each) === error.table);
  // What the statements write is the author's to tell.
  return statementRefusal(error, table ?? NO_TABLE, () => true);
}

const MOST_RAISED_CHARACTERS = 1_000;

/** Data exceptions, broken constraints, conflicts of transactions, and a database that takes no writes now. */
const TOLD_AS_CRUD = /^(?:21|22|23|44|40001$|40P01$|25006$)/;

const NO_TABLE = { name: '', connection: '', key: { columns: [] }, columns: {}, indexes: [], relations: {} };

function internal(cause: DatabaseError): StkError {
  return new StkError('INTERNAL_ERROR', 'Internal error', undefined, { cause });
}
