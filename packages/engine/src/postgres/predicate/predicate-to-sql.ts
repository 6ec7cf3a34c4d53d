import type { Column, Expression, ExpressionOperator, Table } from '@santokit/contract';
import { callFunction, isRequestOnly, MOST_QUANTIFIED, type Outcome, type PreparedExpression } from '@santokit/policy';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import { arithmeticToSql, negationToSql } from './arithmetic-to-sql.ts';
import { compareToSql } from './compare-to-sql.ts';
import { equalToSql } from './equal-to-sql.ts';
import { membershipToSql } from './membership-to-sql.ts';
import {
  columnOperand,
  ERROR,
  ERROR_SQL,
  type Operand,
  outcomeOperand,
  type ParameterOf,
  type Source,
} from './operand.ts';
import { sizeToSql, textTestToSql } from './text-test-to-sql.ts';

export interface PredicateInput {
  readonly prepared: PreparedExpression;
  /** Values of the same shape as those that the statement will run with; the text depends on the shape alone. */
  readonly slots: readonly Outcome[];
  readonly table: Table;
  readonly column: (column: Column) => SQL;
  readonly parameter: ParameterOf;
}

/**
 * Translates an expression to a condition: true where it holds, false or null where it does not. An error of CEL is SQL's
 * null: three-valued AND and OR absorb it just as CEL's `&&` and `||` absorb errors, and in the end both deny.
 * Nothing in the text makes PostgreSQL raise an error, and every value is bound.
 */
export function predicateToSql(input: PredicateInput): SQL {
  return new Translator(input).condition(input.prepared.expression);
}

class Translator {
  readonly #input: PredicateInput;
  #nextSlot = 0;

  constructor(input: PredicateInput) {
    this.#input = input;
  }

  /** A node in boolean position: true, false, or null for an error. */
  condition(node: Expression, variables: Variables = {}): SQL {
    return this.#booleanOf(this.#operand(node, variables, false));
  }

  /** Visits slots in the order in which `prepareExpression` collected them. */
  #operand(node: Expression, variables: Variables, isSet: boolean): Operand {
    if (isRequestOnly(node)) return this.#slot(this.#nextSlot++, isSet);
    switch (node.kind) {
      case 'column':
        return this.#column(node.name);
      case 'variable':
        return variables[node.name] ?? ERROR;
      case 'quantifier':
        return { kind: 'condition', sql: this.#quantifier(node, variables) };
      case 'call':
        return this.#call(node, variables);
      case 'list':
        return { kind: 'list', items: node.items.map((item) => this.#operand(item, variables, false)) };
      case 'constant':
      case 'request':
        return ERROR;
    }
  }

  #slot(index: number, isSet: boolean): Operand {
    const outcome = this.#input.slots[index] ?? { type: 'error' as const };
    return outcomeOperand(outcome, (slots) => slots[index], this.#input.parameter, isSet);
  }

  #column(name: string): Operand {
    const column = this.#input.table.columns[name];
    if (column === undefined) throw new Error(`${this.#input.table.name} has no column ${name}`);
    return columnOperand(column, this.#input.column(column));
  }

  #call(node: Extract<Expression, { kind: 'call' }>, variables: Variables): Operand {
    const operands = node.arguments.map((argument, i) =>
      this.#operand(argument, variables, node.operator === 'in' && i === 1),
    );
    return this.#apply(node.operator, operands);
  }

  /** An operator over a choice is a choice between the operator's answers: each branch keeps its own kind. */
  #apply(operator: ExpressionOperator, operands: readonly Operand[]): Operand {
    const at = isLogical(operator) ? -1 : operands.findIndex((operand) => operand.kind === 'choice');
    const choice = operands[at];
    if (choice?.kind !== 'choice') {
      const sources = isTest(operator) ? sourcesOf(operands) : undefined;
      return sources === undefined ? this.#applyPlain(operator, operands) : this.#decided(operator, sources);
    }
    return {
      kind: 'choice',
      condition: choice.condition,
      whenTrue: this.#apply(operator, operands.with(at, choice.whenTrue)),
      whenFalse: this.#apply(operator, operands.with(at, choice.whenFalse)),
    };
  }

  /** A test of values of the request alone, which a branch or a quantifier brought together: its answer is bound. */
  #decided(operator: ExpressionOperator, sources: readonly Source[]): Operand {
    const answer = (slots: readonly Outcome[]) => {
      const values = sources
        .map((source) => source(slots))
        .filter((value) => value !== undefined && value.type !== 'error');
      const outcome = values.length === sources.length ? callFunction(operator, values) : undefined;
      return outcome?.type === 'bool' ? String(outcome.value) : null;
    };
    return condition(this.#input.parameter(answer, 'boolean'));
  }

  #applyPlain(
    operator: ExpressionOperator,
    [first = ERROR, second = ERROR, third = ERROR]: readonly Operand[],
  ): Operand {
    switch (operator) {
      case '&&':
        return condition(sql`(${this.#booleanOf(first)} and ${this.#booleanOf(second)})`);
      case '||':
        return condition(sql`(${this.#booleanOf(first)} or ${this.#booleanOf(second)})`);
      case '!':
        return condition(sql`(not ${this.#booleanOf(first)})`);
      case '?:':
        return { kind: 'choice', condition: this.#booleanOf(first), whenTrue: second, whenFalse: third };
      case '==':
        return condition(equalToSql(first, second));
      case '!=':
        return condition(sql`(not ${equalToSql(first, second)})`);
      case '<':
      case '<=':
      case '>':
      case '>=':
        return condition(compareToSql(operator, first, second));
      case 'in':
        return condition(second.kind === 'list' ? this.#inItems(first, second.items) : membershipToSql(first, second));
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
        return arithmeticToSql(operator, first, second);
      case 'negate':
        return negationToSql(first);
      case 'has':
        return condition(first.kind === 'column' ? sql`(${first.sql} is not null)` : ERROR_SQL);
      case 'startsWith':
      case 'endsWith':
      case 'contains':
        return condition(textTestToSql(operator, first, second));
      case 'size':
        return sizeToSql(first);
      case 'timestamp':
      case 'duration':
        return first;
      case 'matches':
      case 'index':
      case 'field':
        return ERROR;
    }
  }

  /** A list that holds an error is one, wherever what is looked for would be found. */
  #inItems(element: Operand, items: readonly Operand[]): SQL {
    const tests = items.map((item) => this.#booleanOf(this.#apply('==', [element, item])));
    const found = sql`(${sql.join(tests, sql` or `)})`;
    const isExact = (item: Operand) => item.kind !== 'computed' && item.kind !== 'condition' && item.kind !== 'error';
    if (items.every(isExact)) return found;
    return sql`(case when ${sql.join(
      tests.map((test) => sql`${test} is not null`),
      sql` and `,
    )} then ${found} end)`;
  }

  #quantifier(node: Extract<Expression, { kind: 'quantifier' }>, variables: Variables): SQL {
    const index = this.#nextSlot++;
    const over = this.#input.slots[index];
    const body = this.#nextSlot;
    if (over?.type !== 'list' || over.items.length > MOST_QUANTIFIED) {
      this.condition(node.body, { ...variables, [node.variable]: ERROR });
      return ERROR_SQL;
    }
    // Every element reads the same slots of the body.
    const parts = (over.items.length === 0 ? [ERROR] : over.items.map((item, i) => this.#element(index, i, item))).map(
      (element) => {
        this.#nextSlot = body;
        return this.condition(node.body, { ...variables, [node.variable]: element });
      },
    );
    if (over.items.length === 0) return node.quantifier === 'exists' ? sql`false` : sql`true`;
    return sql`(${sql.join(parts, node.quantifier === 'exists' ? sql` or ` : sql` and `)})`;
  }

  #element(slot: number, item: number, outcome: Outcome): Operand {
    const pick = (slots: readonly Outcome[]) => {
      const list = slots[slot];
      return list?.type === 'list' ? list.items[item] : undefined;
    };
    return outcomeOperand(outcome, pick, this.#input.parameter, false);
  }

  #booleanOf(operand: Operand): SQL {
    switch (operand.kind) {
      case 'condition':
        return operand.sql;
      case 'column':
        return operand.type === 'bool' ? operand.sql : ERROR_SQL;
      case 'value':
        return operand.literal ?? ERROR_SQL;
      case 'choice':
        return sql`(case ${operand.condition} when true then ${this.#booleanOf(operand.whenTrue)} when false then ${this.#booleanOf(operand.whenFalse)} end)`;
      default:
        return ERROR_SQL;
    }
  }
}

type Variables = Readonly<Record<string, Operand>>;

function isLogical(operator: ExpressionOperator): boolean {
  return operator === '&&' || operator === '||' || operator === '!' || operator === '?:';
}

function isTest(operator: ExpressionOperator): boolean {
  return ['==', '!=', '<', '<=', '>', '>=', 'in', 'startsWith', 'endsWith', 'contains', 'matches'].includes(operator);
}

/** Where the values of the operands come from, if all of them are the request's. */
function sourcesOf(operands: readonly Operand[]): Source[] | undefined {
  const sources = operands.flatMap((operand): Source[] => {
    if (operand.kind === 'value' || operand.kind === 'set') return [operand.source];
    return operand.kind === 'null' ? [() => ({ type: 'null' })] : [];
  });
  return sources.length === operands.length ? sources : undefined;
}

function condition(text: SQL): Operand {
  return { kind: 'condition', sql: text };
}
