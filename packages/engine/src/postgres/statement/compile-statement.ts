import type { Plan } from '../../statement/plan.ts';
import type { Statement } from '../../statement/statement.ts';
import { compileInsert } from './compile-insert.ts';
import { compileSelect } from './compile-select.ts';
import { compileDelete, compileUpdate } from './compile-update.ts';

/** Compiles a statement to one text of PostgreSQL in which every value is a parameter. */
export function compileStatement(statement: Statement): Plan {
  switch (statement.kind) {
    case 'select':
      return compileSelect(statement);
    case 'insert':
      return compileInsert(statement);
    case 'update':
      return compileUpdate(statement);
    case 'delete':
      return compileDelete(statement);
  }
}
