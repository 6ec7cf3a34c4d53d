import type { Expression } from '@santokit/contract';

/** A compiled expression as CEL that compiles to the same again. For people to read: of what was written, spaces and parentheses are lost. */
export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case 'constant':
      return constantText(expression);
    case 'request':
      return `request${expression.path.map(memberText).join('')}`;
    case 'column':
      return `resource${memberText(expression.name)}`;
    case 'variable':
      return expression.name;
    case 'list':
      return `[${expression.items.map(expressionText).join(', ')}]`;
    case 'call':
      return callText(expression);
    case 'quantifier': {
      const { over, quantifier, variable, body } = expression;
      return `${atLeast(BINDING.member, over)}.${quantifier}(${variable}, ${expressionText(body)})`;
    }
  }
}

/** How strongly operators bind (CEL specification, "Syntax"), from `?:` to the members of a value. */
const BINDING = { choice: 1, or: 2, and: 3, relation: 4, sum: 5, product: 6, unary: 7, member: 8 } as const;
type Binding = (typeof BINDING)[keyof typeof BINDING];

type Call = Extract<Expression, { kind: 'call' }>;

function bindingOf(expression: Expression): Binding {
  if (expression.kind === 'constant')
    return String(expression.value).startsWith('-') && expression.type !== 'string' ? BINDING.unary : BINDING.member;
  return expression.kind === 'call' ? bindingOfCall(expression) : BINDING.member;
}

function bindingOfCall({ operator }: Call): Binding {
  switch (operator) {
    case '?:':
      return BINDING.choice;
    case '||':
      return BINDING.or;
    case '&&':
      return BINDING.and;
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
      return BINDING.relation;
    case '+':
    case '-':
      return BINDING.sum;
    case '*':
    case '/':
    case '%':
      return BINDING.product;
    case '!':
    case 'negate':
      return BINDING.unary;
    case 'has':
    case 'size':
    case 'startsWith':
    case 'endsWith':
    case 'contains':
    case 'matches':
    case 'timestamp':
    case 'duration':
    case 'index':
    case 'field':
      return BINDING.member;
  }
}

function callText(call: Call): string {
  const [first = NOTHING, second = NOTHING, third = NOTHING] = call.arguments;
  const binding = bindingOfCall(call);
  switch (call.operator) {
    case '?:': {
      const [condition, chosen] = [atLeast(BINDING.or, first), atLeast(BINDING.or, second)];
      return `${condition} ? ${chosen} : ${expressionText(third)}`;
    }
    case '||':
    case '&&':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return `${atLeast(binding, first)} ${call.operator} ${tighterThan(binding, second)}`;
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
      // Of two in a row, readers differ on which comes first.
      return `${tighterThan(binding, first)} ${call.operator} ${tighterThan(binding, second)}`;
    case '!':
      return `!${tighterThan(binding, first)}`;
    case 'negate':
      // A sign before a literal belongs to it, and of zero nothing is left of it.
      return isZero(first) ? `-(-${expressionText(first)})` : `-${tighterThan(binding, first)}`;
    case 'has':
    case 'size':
    case 'timestamp':
    case 'duration':
      return `${call.operator}(${expressionText(first)})`;
    case 'startsWith':
    case 'endsWith':
    case 'contains':
    case 'matches':
      return `${atLeast(binding, first)}.${call.operator}(${expressionText(second)})`;
    case 'index':
    case 'field':
      return `${atLeast(binding, first)}[${expressionText(second)}]`;
  }
}

/** What an argument would be that is not there; the compiler lets no such call through. */
const NOTHING: Expression = { kind: 'constant', type: 'null', value: null };

function atLeast(binding: Binding, expression: Expression): string {
  return bindingOf(expression) >= binding ? expressionText(expression) : `(${expressionText(expression)})`;
}

function tighterThan(binding: Binding, expression: Expression): string {
  return bindingOf(expression) > binding ? expressionText(expression) : `(${expressionText(expression)})`;
}

function isZero(expression: Expression): boolean {
  return expression.kind === 'constant' && expression.type !== 'string' && Number(expression.value ?? 1) === 0;
}

function constantText({ type, value }: Extract<Expression, { kind: 'constant' }>): string {
  if (type === 'string') return JSON.stringify(value);
  return type === 'double' && Number.isInteger(value) ? Number(value).toFixed(1) : String(value);
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Words that CEL keeps for itself. */
const RESERVED = new Set(
  'as break const continue else false for function if import in let loop package namespace null return true var void while'.split(
    ' ',
  ),
);

function memberText(name: string): string {
  return IDENTIFIER.test(name) && !RESERVED.has(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
