import type { Expression, Table } from '@santokit/contract';
import type { BoundExpression } from '@santokit/policy';
import type { SQL } from 'drizzle-orm/sql/sql';
import { expressionsOf, preparedExpression, type RuleBindings } from '../../statement/rule-bindings.ts';
import type { Statement } from '../../statement/statement.ts';
import { predicateToSql } from '../predicate/predicate-to-sql.ts';
import { columnName, parameter } from './fragments.ts';

/** What the parts of one statement share: names for its tables, and the rules' expressions with their places in the bindings. */
export class StatementScope {
  readonly #expressions: readonly Expression[];
  readonly #bindings: RuleBindings;
  #aliases = 0;

  constructor(statement: Statement, bindings: RuleBindings) {
    this.#expressions = expressionsOf(statement);
    this.#bindings = bindings;
  }

  alias(): string {
    return `t${this.#aliases++}`;
  }

  /** A rule's expression as a condition on the row of `table` that is named `alias`. */
  predicate(expression: Expression, table: Table, alias: string): SQL {
    const index = this.#expressions.indexOf(expression);
    return predicateToSql({
      prepared: preparedExpression(expression),
      slots: slotsAt(this.#bindings, index),
      table,
      column: ({ name }) => columnName(alias, name),
      parameter: (encode, type) => parameter(({ rules }) => encode(slotsAt(rules, index)), type),
    });
  }
}

function slotsAt({ bound }: RuleBindings, index: number): BoundExpression['slots'] {
  const expression = bound[index];
  if (expression === undefined) throw new Error('An expression of the statement is not bound');
  return expression.slots;
}
