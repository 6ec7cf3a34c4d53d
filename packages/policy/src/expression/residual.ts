import type { Expression, RequestContext } from '@santokit/contract';
import { decimalText } from './decimal.ts';
import { evaluate } from './evaluate.ts';
import { durationText, timestampText } from './instant.ts';
import { isRequestOnly } from './rows.ts';
import type { Outcome } from './value.ts';

type Call = Extract<Expression, { kind: 'call' }>;

/**
 * What is left of an expression for one request: parts that depend on the request alone are replaced by their values, and what
 * these decide is left out. For people to read: what has no answer stands as the variable `error`, which denies.
 */
export function residualOf(expression: Expression, request: RequestContext): Expression {
  if (isRequestOnly(expression)) return known(evaluate(expression, { request }));
  switch (expression.kind) {
    case 'list':
      return { ...expression, items: expression.items.map((item) => residualOf(item, request)) };
    case 'quantifier':
      return {
        ...expression,
        over: residualOf(expression.over, request),
        body: residualOf(expression.body, request),
      };
    case 'call':
      return residualCall({
        ...expression,
        arguments: expression.arguments.map((argument) => residualOf(argument, request)),
      });
    default:
      return expression;
  }
}

function residualCall(call: Call): Expression {
  const [first, second, third] = call.arguments;
  switch (call.operator) {
    case '&&':
    case '||':
      return first === undefined || second === undefined ? call : logical(call, first, second);
    case '!':
      return truthOf(first) === undefined ? call : truth(truthOf(first) === false);
    case '?:':
      return (truthOf(first) === undefined ? undefined : truthOf(first) ? second : third) ?? call;
    default:
      return call;
  }
}

function logical(call: Call, left: Expression, right: Expression): Expression {
  const decisive = call.operator === '||';
  if (truthOf(left) === decisive || truthOf(right) === decisive) return truth(decisive);
  if (truthOf(left) !== undefined) return right;
  return truthOf(right) === undefined ? call : left;
}

function truthOf(expression: Expression | undefined): boolean | undefined {
  return expression?.kind === 'constant' && typeof expression.value === 'boolean' ? expression.value : undefined;
}

function truth(value: boolean): Expression {
  return { kind: 'constant', type: 'bool', value };
}

function known(outcome: Outcome): Expression {
  switch (outcome.type) {
    case 'null':
      return { kind: 'constant', type: 'null', value: null };
    case 'bool':
    case 'string':
    case 'double':
      return { kind: 'constant', type: outcome.type, value: outcome.value };
    case 'int':
      return { kind: 'constant', type: 'int', value: outcome.value.toString() };
    case 'decimal':
      return word(decimalText(outcome.value));
    case 'bytes':
      return { kind: 'constant', type: 'string', value: outcome.value };
    case 'timestamp':
      return instant('timestamp', timestampText(outcome.value));
    case 'duration':
      return instant('duration', durationText(outcome.value));
    case 'list':
      return { kind: 'list', type: 'list', items: outcome.items.map(known) };
    case 'map':
      return word(JSON.stringify(outcome.entries));
    case 'error':
      return word('error');
  }
}

function instant(operator: 'timestamp' | 'duration', value: string): Expression {
  return { kind: 'call', operator, type: operator, arguments: [{ kind: 'constant', type: 'string', value }] };
}

function word(name: string): Expression {
  return { kind: 'variable', name, type: 'dyn' };
}
