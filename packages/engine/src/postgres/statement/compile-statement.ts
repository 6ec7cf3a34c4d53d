import { deprecationWarnings } from '../../statement/deprecation-warnings.ts';
import type { Plan } from '../../statement/plan.ts';
import type { RuleBindings } from '../../statement/rule-bindings.ts';
import type { Statement } from '../../statement/statement.ts';
import { withWarnings } from '../../statement/with-warnings.ts';
import { compileAggregate, compileCount } from './compile-aggregate.ts';
import { compileInsert } from './compile-insert.ts';
import { compileSelect } from './compile-select.ts';
import { compileDelete, compileUpdate } from './compile-update.ts';

/**
 * Compiles a statement to one text of PostgreSQL in which every value is a parameter. Of the bindings only the shape matters:
 * the plan serves every call whose bindings have the same.
 */
export function compileStatement(statement: Statement, bindings: RuleBindings): Plan {
  const plan = compile(statement, bindings);
  const warnings = deprecationWarnings(statement);
  return warnings.length === 0 ? plan : withWarnings(plan, warnings);
}

function compile(statement: Statement, bindings: RuleBindings): Plan {
  switch (statement.kind) {
    case 'select':
      return compileSelect(statement, bindings);
    case 'count':
      return compileCount(statement, bindings);
    case 'aggregate':
      return compileAggregate(statement, bindings);
    case 'insert':
      return compileInsert(statement, bindings);
    case 'update':
      return compileUpdate(statement, bindings);
    case 'delete':
      return compileDelete(statement, bindings);
  }
}
