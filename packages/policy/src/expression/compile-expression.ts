import { type ASTNode, ParseError, parse } from '@marcbachmann/cel-js';
import type { Expression, ExpressionOperator, Table } from '@santokit/contract';
import { didYouMean } from '@santokit/project';
import { checkCall } from './check-call.ts';
import { columnType } from './column-type.ts';
import { ExpressionFault } from './expression-fault.ts';
import { checkLiteral, literal } from './literal.ts';
import { requestType } from './request-type.ts';
import { isRequestOnly, mentionsRow, some } from './rows.ts';

/** Longer than any condition that a person can review. */
const MOST_CHARACTERS = 10_000;
/** Terms of one chain count too. What is deeper would meet the limits of PostgreSQL's own parser. */
const MOST_DEPTH = 250;
const NESTED = `An expression is nested at most ${MOST_DEPTH} levels deep`;

/**
 * Compiles a CEL expression over `request` and, where `table` is given, `resource`. What comes back is type-checked and has a
 * translation to SQL.
 * @param pathVariables what stands in an object's key, as `path.<name>`; it is evaluated in memory, as the variable `path.<name>`
 * @throws ExpressionFault with the offset of what is wrong
 */
export function compileExpression(
  source: string,
  table: Table | undefined,
  pathVariables?: readonly string[],
): Expression {
  if (source.length > MOST_CHARACTERS)
    throw new ExpressionFault(`An expression has at most ${MOST_CHARACTERS} characters`, 0);
  const expression = new Compiler(table, pathVariables).compile(parseCel(source), new Set());
  if (countChoices(expression) > MOST_CHOICES)
    throw new ExpressionFault(`An expression has at most ${MOST_CHOICES} "?:" over a row`, 0);
  return expression;
}

/** An operator over a choice becomes one for each branch, so that choices multiply. */
const MOST_CHOICES = 6;

function countChoices(expression: Expression): number {
  if (expression.kind === 'quantifier') return countChoices(expression.over) + countChoices(expression.body);
  if (expression.kind !== 'call' || isRequestOnly(expression)) return 0;
  return expression.arguments.reduce(
    (count, argument) => count + countChoices(argument),
    expression.operator === '?:' ? 1 : 0,
  );
}

function parseCel(source: string): ASTNode {
  try {
    return parse(source).ast;
  } catch (error) {
    if (error instanceof ParseError)
      throw new ExpressionFault(`Not a CEL expression: ${error.summary}`, error.range?.start ?? 0);
    // The parser goes down as deep as the text says.
    if (error instanceof RangeError) throw new ExpressionFault(NESTED, 0);
    throw error;
  }
}

const FUNCTIONS: Readonly<Record<string, ExpressionOperator>> = {
  size: 'size',
  timestamp: 'timestamp',
  duration: 'duration',
};
const METHODS: Readonly<Record<string, ExpressionOperator>> = {
  startsWith: 'startsWith',
  endsWith: 'endsWith',
  contains: 'contains',
  matches: 'matches',
  size: 'size',
};
const KNOWN_NAMES = [...Object.keys(FUNCTIONS), ...Object.keys(METHODS), 'has', 'exists', 'all'];

type Variables = ReadonlySet<string>;

class Compiler {
  readonly #table: Table | undefined;
  readonly #pathVariables: readonly string[] | undefined;
  #depth = 0;

  constructor(table: Table | undefined, pathVariables: readonly string[] | undefined) {
    this.#table = table;
    this.#pathVariables = pathVariables;
  }

  compile(node: ASTNode, variables: Variables): Expression {
    if (this.#depth >= MOST_DEPTH) throw new ExpressionFault(NESTED, node.start);
    this.#depth++;
    const expression = this.#node(node, variables);
    this.#depth--;
    return expression;
  }

  #node(node: ASTNode, variables: Variables): Expression {
    switch (node.op) {
      case 'value':
        return literal(node.args, node);
      case 'id':
        return this.#identifier(node.args, node, variables);
      case '.':
        return this.#select(node, node.args[0], node.args[1], variables);
      case '[]':
        return this.#index(node.args, node, variables);
      case 'list':
        return { kind: 'list', type: 'list', items: node.args.map((item) => this.compile(item, variables)) };
      case '!_':
        return this.#call('!', [node.args], node, variables);
      case '-_':
        return this.#negation(node.args, node, variables);
      case 'call':
        return this.#function(node.args[0], node.args[1], node, variables);
      case 'rcall':
        return this.#method(node.args, node, variables);
      case 'map':
      case '.?':
      case '[?]':
        throw new ExpressionFault('Map literals and optional selection have no translation', node.start);
      case '==':
      case '!=':
        checkAssociation(node);
        return this.#call(node.op, node.args, node, variables);
      default:
        return this.#call(node.op, node.args, node, variables);
    }
  }

  #call(operator: ExpressionOperator, args: readonly ASTNode[], node: ASTNode, variables: Variables): Expression {
    const compiled = args.map((argument) => this.compile(argument, variables));
    const type = checkCall(operator, compiled, node.start);
    checkLiteral(operator, compiled, args.at(-1) ?? node);
    return { kind: 'call', operator, arguments: compiled, type };
  }

  #identifier(name: string, node: ASTNode, variables: Variables): Expression {
    if (variables.has(name)) return { kind: 'variable', name, type: 'dyn' };
    if (name === 'request')
      throw new ExpressionFault('"request" is not a value; take a part of it, such as request.auth.sub', node.start);
    if (name === 'resource')
      throw new ExpressionFault('"resource" is not a value; take a column of it, such as resource.id', node.start);
    const hint = didYouMean(name, ['request', 'resource', ...variables]);
    throw new ExpressionFault(
      `Unknown name "${name}"${hint}; allowed: request, resource; a text stands in quotes of its own: '${name}'`,
      node.start,
    );
  }

  /** `resource["a name"]` for columns whose names are no identifiers of CEL. */
  #index([target, key]: readonly [ASTNode, ASTNode], node: ASTNode, variables: Variables): Expression {
    if (key.op === 'value' && typeof key.args === 'string') return this.#select(key, target, key.args, variables);
    return this.#call('index', [target, key], node, variables);
  }

  #select(node: ASTNode, target: ASTNode, name: string, variables: Variables): Expression {
    if (target.op === 'id' && !variables.has(target.args)) {
      if (target.args === 'resource') return this.#column(name, node);
      if (target.args === 'path' && this.#pathVariables !== undefined)
        return this.#pathVariable(name, node, this.#pathVariables);
      if (target.args === 'request') return { kind: 'request', path: [name], type: requestType([name], node.pos) };
    }
    const base = this.compile(target, variables);
    if (base.kind === 'request') {
      const path = [...base.path, name];
      return { kind: 'request', path, type: requestType(path, node.pos) };
    }
    if (!mentionsRow(base) && (base.type === 'dyn' || base.type === 'map')) {
      return {
        kind: 'call',
        operator: 'index',
        arguments: [base, { kind: 'constant', type: 'string', value: name }],
        type: 'dyn',
      };
    }
    throw new ExpressionFault(
      `"${name}" cannot be taken from a value of type ${base.type}: only values of the request have members`,
      node.pos,
    );
  }

  #pathVariable(name: string, node: ASTNode, known: readonly string[]): Expression {
    if (known.includes(name)) return { kind: 'variable', name: `path.${name}`, type: 'string' };
    const allowed = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    throw new ExpressionFault(`The pattern has no "{${name}}"${didYouMean(name, known)}; ${allowed}`, node.pos);
  }

  #column(name: string, node: ASTNode): Expression {
    if (this.#table === undefined)
      throw new ExpressionFault('"resource" is not there: this expression is about the request alone', node.start);
    const columns = this.#table.columns;
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (column === undefined) {
      throw new ExpressionFault(
        `"${this.#table.name}" has no column "${name}"${didYouMean(name, Object.keys(columns))}`,
        node.pos,
      );
    }
    return { kind: 'column', name, type: columnType(column), nullable: column.nullable };
  }

  #negation(operand: ASTNode, node: ASTNode, variables: Variables): Expression {
    if (operand.op === 'value' && typeof operand.args === 'bigint') return literal(-operand.args, node);
    if (operand.op === 'value' && typeof operand.args === 'number') return literal(-operand.args, node);
    return this.#call('negate', [operand], node, variables);
  }

  #function(name: string, args: readonly ASTNode[], node: ASTNode, variables: Variables): Expression {
    if (name === 'has') return this.#has(args, node, variables);
    const operator = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (operator === undefined)
      throw new ExpressionFault(
        `Unknown function "${name}"${didYouMean(name, KNOWN_NAMES)}; allowed: ${KNOWN_NAMES.join(', ')}`,
        node.start,
      );
    if (args.length !== 1) throw new ExpressionFault(`${name}() takes one argument`, node.start);
    return this.#call(operator, args, node, variables);
  }

  #has(args: readonly ASTNode[], node: ASTNode, variables: Variables): Expression {
    const [target] = args;
    if ((target?.op !== '.' && target?.op !== '[]') || args.length !== 1)
      throw new ExpressionFault('has() takes one member, such as has(resource.deleted_at)', node.start);
    const compiled = this.compile(target, variables);
    if (compiled.kind !== 'column' && compiled.kind !== 'request')
      throw new ExpressionFault('has() takes a column or a member of the request', node.start);
    return { kind: 'call', operator: 'has', arguments: [compiled], type: 'bool' };
  }

  #method([name, receiver, args]: [string, ASTNode, ASTNode[]], node: ASTNode, variables: Variables): Expression {
    if (name === 'exists' || name === 'all') return this.#quantifier(name, receiver, args, node, variables);
    const operator = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    if (operator === undefined)
      throw new ExpressionFault(
        `Unknown function "${name}"${didYouMean(name, KNOWN_NAMES)}; allowed: ${KNOWN_NAMES.join(', ')}`,
        node.start,
      );
    if (args.length !== (operator === 'size' ? 0 : 1))
      throw new ExpressionFault(`${name}() takes ${operator === 'size' ? 'no argument' : 'one argument'}`, node.start);
    return this.#call(operator, [receiver, ...args], node, variables);
  }

  #quantifier(
    quantifier: 'exists' | 'all',
    receiver: ASTNode,
    args: readonly ASTNode[],
    node: ASTNode,
    variables: Variables,
  ): Expression {
    const [variable, body] = args;
    if (variable?.op !== 'id' || body === undefined || args.length !== 2)
      throw new ExpressionFault(
        `${quantifier}() takes a name and a condition: list.${quantifier}(x, x == 1)`,
        node.start,
      );
    const over = this.compile(receiver, variables);
    if (!isRequestOnly(over))
      throw new ExpressionFault(`${quantifier}() goes over a list of the request only`, node.start);
    if (over.type !== 'list' && over.type !== 'dyn')
      throw new ExpressionFault(`${quantifier}() goes over a list, not over a ${over.type}`, node.start);
    const compiled = this.compile(body, new Set([...variables, variable.args]));
    if (compiled.type !== 'bool' && compiled.type !== 'dyn')
      throw new ExpressionFault(`The condition of ${quantifier}() must be true or false`, body.start);
    if (mentionsRow(compiled)) checkRowBody(compiled, body.start);
    return { kind: 'quantifier', quantifier, over, variable: variable.args, body: compiled, type: 'bool' };
  }
}

/** CEL reads `a == b < c` from the left, the parser as `a == (b < c)`: whoever means one of them says which. */
function checkAssociation({ op, args: [left, right], input }: Extract<ASTNode, { op: '==' | '!=' }>): void {
  if (!['<', '<=', '>', '>=', 'in'].includes(right.op) || input.slice(left.end, right.start).includes('(')) return;
  throw new ExpressionFault(`Put parentheses around one side: "${op}" and "${right.op}" bind alike`, right.start);
}

/** What takes an element apart has to know more of it than its kind, and that is all that a statement over rows may know. */
function checkRowBody(body: Expression, offset: number): void {
  const apart = ['index', 'size', 'timestamp', 'duration'];
  const isApart = (node: Expression) =>
    node.kind === 'call' && apart.includes(node.operator) && !mentionsRow(node) && !isRequestOnly(node);
  if (some(body, isApart))
    throw new ExpressionFault('An element that is compared with a row cannot be taken apart, nor converted', offset);
}
