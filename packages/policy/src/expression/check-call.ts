import type { Expression, ExpressionOperator, ExpressionType } from '@santokit/contract';
import { ExpressionFault } from './expression-fault.ts';
import { isRequestOnly, mentionsRow, some } from './rows.ts';

/** Checks the types of an operator's arguments and that there is SQL for it; answers the type of the result. */
export function checkCall(operator: ExpressionOperator, args: readonly Expression[], offset: number): ExpressionType {
  const fail = (message: string): never => {
    throw new ExpressionFault(message, offset);
  };
  const types = args.map((argument) => argument.type);
  const [left = 'dyn', right = 'dyn'] = types;
  const onRow = args.some(mentionsRow);
  switch (operator) {
    case '&&':
    case '||':
    case '!':
      if (!types.every((type) => type === 'bool' || type === 'dyn'))
        fail(`"${operator}" takes conditions, not ${types.join(' and ')}`);
      return 'bool';
    case '?:':
      return checkTernary(types, fail);
    case '==':
    case '!=':
      checkEquality(args, onRow, fail);
      return 'bool';
    case '<':
    case '<=':
    case '>':
    case '>=':
      if (!areOrdered(left, right)) fail(`"${operator}" cannot order ${left} and ${right}`);
      return 'bool';
    case 'in':
      checkMembership(args, fail);
      return 'bool';
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return checkArithmetic(operator, left, right, onRow, fail);
    case 'negate':
      if (!isNumeric(left) && left !== 'dyn') fail(`"-" takes a number, not ${left}`);
      return left;
    case 'size':
      if (!['string', 'list', 'map', 'dyn'].includes(left)) fail(`size() takes text or a list, not ${left}`);
      return 'int';
    case 'startsWith':
    case 'endsWith':
    case 'contains':
    case 'matches':
      if (![left, right].every((type) => type === 'string' || type === 'dyn'))
        fail(`${operator}() takes texts, not ${left} and ${right}`);
      if (operator === 'matches' && onRow)
        fail('matches() has no translation to SQL: it works on values of the request only');
      return 'bool';
    case 'timestamp':
    case 'duration':
      if (left !== 'string' && left !== operator && left !== 'dyn') fail(`${operator}() takes text, not ${left}`);
      if (onRow && left !== operator)
        fail(`${operator}() has no translation to SQL: it works on values of the request only`);
      return operator;
    case 'index':
      if (onRow) fail('"[…]" has no translation to SQL: it works on values of the request only');
      if (!['list', 'map', 'dyn'].includes(left)) fail(`"[…]" takes a list or a map, not ${left}`);
      return 'dyn';
    case 'has':
    case 'field':
      return 'bool';
  }
}

type Fail = (message: string) => never;
const NUMBERS: readonly ExpressionType[] = ['int', 'double', 'decimal'];

function isNumeric(type: ExpressionType): boolean {
  return NUMBERS.includes(type);
}

function checkTernary([condition, left = 'dyn', right = 'dyn']: readonly ExpressionType[], fail: Fail): ExpressionType {
  if (condition !== 'bool' && condition !== 'dyn') fail('"?:" takes a condition before the question mark');
  if (left === right) return left;
  if (left === 'null') return right;
  if (right === 'null') return left;
  return isNumeric(left) && isNumeric(right)
    ? 'dyn'
    : left === 'dyn' || right === 'dyn'
      ? 'dyn'
      : fail(`The branches of "?:" are ${left} and ${right}`);
}

/** Columns of these types can only be compared with null in SQL. */
const OPAQUE: readonly ExpressionType[] = ['json', 'bytes', 'list', 'map'];

function checkEquality(args: readonly Expression[], onRow: boolean, fail: Fail): void {
  const [left = 'dyn', right = 'dyn'] = args.map((argument) => argument.type);
  const isNull = left === 'null' || right === 'null';
  const opaque = args.find((argument) => OPAQUE.includes(argument.type) && onRow);
  if (opaque !== undefined && !isNull)
    fail(`A value of type ${opaque.type} has no comparison in SQL; compare it with null or use has()`);
  if (isNull || left === 'dyn' || right === 'dyn' || left === right || (isNumeric(left) && isNumeric(right))) return;
  fail(`"==" between ${left} and ${right} would never hold`);
}

function areOrdered(left: ExpressionType, right: ExpressionType): boolean {
  const ordered = (type: ExpressionType) =>
    isNumeric(type) || ['string', 'bool', 'timestamp', 'duration', 'dyn'].includes(type);
  if (!ordered(left) || !ordered(right)) return false;
  return left === right || left === 'dyn' || right === 'dyn' || (isNumeric(left) && isNumeric(right));
}

function checkMembership([element, container]: readonly Expression[], fail: Fail): void {
  if (element === undefined || container === undefined) return;
  if (!['list', 'map', 'dyn'].includes(container.type)) fail(`"in" takes a list on its right, not ${container.type}`);
  if (OPAQUE.includes(element.type)) fail(`"in" cannot look for a ${element.type}`);
  if (container.kind === 'list') checkItems(element, container.items, fail);
  else if (container.kind === 'column') {
    if (mentionsRow(element)) fail('"in" over an array column takes a value of the request on its left');
  } else if (mentionsRow(container) || (mentionsRow(element) && !isRequestOnly(container)))
    fail('"in" takes a list of the request, a list literal or an array column on its right');
}

function checkItems(element: Expression, items: readonly Expression[], fail: Fail): void {
  for (const item of items) {
    checkEquality([element, item], mentionsRow(element) || mentionsRow(item), fail);
    if (some(item, (node) => node.kind === 'call' && node.operator === '?:' && mentionsRow(node)))
      fail('"?:" over a row has no translation to SQL within a list');
  }
}

function checkArithmetic(
  operator: '+' | '-' | '*' | '/' | '%',
  left: ExpressionType,
  right: ExpressionType,
  onRow: boolean,
  fail: Fail,
): ExpressionType {
  const type = arithmeticType(operator, left, right);
  if (type === undefined) return fail(`"${operator}" does not take ${left} and ${right}`);
  if (!onRow) return type;
  if (type === 'list') fail('"+" on lists has no translation to SQL: it works on values of the request only');
  if (type === 'decimal' && (operator === '/' || operator === '%'))
    fail(`"${operator}" on decimals has no exact answer`);
  return type;
}

function arithmeticType(operator: string, left: ExpressionType, right: ExpressionType): ExpressionType | undefined {
  if (left === 'dyn' || right === 'dyn') return 'dyn';
  if (left === 'decimal' || right === 'decimal') return isNumeric(left) && isNumeric(right) ? 'decimal' : undefined;
  if (left === right && left === 'int') return left;
  if (left === right && left === 'double') return operator === '%' ? undefined : left;
  if (operator === '+' && left === right && (left === 'string' || left === 'list')) return left;
  if (operator === '-' && left === 'timestamp' && right === 'timestamp') return 'duration';
  if ((operator === '+' || operator === '-') && (left === 'timestamp' || left === 'duration') && right === 'duration')
    return left;
  return operator === '+' && left === 'duration' && right === 'timestamp' ? 'timestamp' : undefined;
}
