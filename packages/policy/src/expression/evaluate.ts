import type { Expression, Json, Principal, RequestContext } from '@santokit/contract';
import { callFunction } from './functions.ts';
import { bool, ERROR, FALSE, fromColumn, fromJson, type Outcome, TRUE, type Value } from './value.ts';

/** A row in the JSON form of answers. */
export type Row = Readonly<Record<string, Json>>;

export interface Scope {
  readonly request: RequestContext;
  /** Absent where an expression speaks of the request alone. */
  readonly row?: Row;
  readonly variables?: Readonly<Record<string, Value>>;
}

/** Elements over which `exists` and `all` go at most; a longer list is an error. */
export const MOST_QUANTIFIED = 100;

/**
 * Evaluates an expression in memory, under the semantics of CEL with null-safe equality: an operation on null, a division by
 * zero and a result beyond 64 bits are errors, `&&` and `||` absorb errors. Never throws.
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md
 */
export function evaluate(expression: Expression, scope: Scope): Outcome {
  switch (expression.kind) {
    case 'constant':
      return constantOf(expression);
    case 'request':
      return requestValue(scope.request, expression.path);
    case 'column':
      return fromColumn(expression.type, scope.row?.[expression.name]);
    case 'variable':
      return scope.variables?.[expression.name] ?? ERROR;
    case 'list':
      return listOf(expression.items.map((item) => evaluate(item, scope)));
    case 'quantifier':
      return quantify(expression, scope);
    case 'call':
      return evaluateCall(expression, scope);
  }
}

/** Whether an expression holds; errors and everything but true deny. */
export function holds(expression: Expression, scope: Scope): boolean {
  const outcome = evaluate(expression, scope);
  return outcome.type === 'bool' && outcome.value;
}

type Call = Extract<Expression, { kind: 'call' }>;

function evaluateCall(call: Call, scope: Scope): Outcome {
  const [first, second, third] = call.arguments;
  if (first === undefined) return ERROR;
  switch (call.operator) {
    case '&&':
    case '||':
      return second === undefined
        ? ERROR
        : logical(call.operator, evaluate(first, scope), () => evaluate(second, scope));
    case '?:': {
      const condition = evaluate(first, scope);
      const branch = condition.type === 'bool' ? (condition.value ? second : third) : undefined;
      return branch === undefined ? ERROR : evaluate(branch, scope);
    }
    case 'has':
      return has(first, scope);
    default: {
      const values: Value[] = [];
      for (const argument of call.arguments) {
        const outcome = evaluate(argument, scope);
        if (outcome.type === 'error') return ERROR;
        values.push(outcome);
      }
      return callFunction(call.operator, values);
    }
  }
}

function logical(operator: '&&' | '||', left: Outcome, right: () => Outcome): Outcome {
  const decisive = operator === '||';
  if (left.type === 'bool' && left.value === decisive) return left;
  const other = right();
  if (other.type === 'bool' && other.value === decisive) return other;
  return left.type === 'bool' && other.type === 'bool' ? bool(!decisive) : ERROR;
}

function has(target: Expression, scope: Scope): Outcome {
  if (target.kind === 'request') {
    if (target.path.length === 1) return TRUE;
    const parent = jsonAt(scope.request, target.path.slice(0, -1));
    return parent === undefined ? ERROR : bool(member(parent, target.path.at(-1) ?? '') !== undefined);
  }
  const outcome = evaluate(target, scope);
  return outcome.type === 'error' ? ERROR : bool(outcome.type !== 'null');
}

function quantify(expression: Extract<Expression, { kind: 'quantifier' }>, scope: Scope): Outcome {
  const over = evaluate(expression.over, scope);
  if (over.type !== 'list' || over.items.length > MOST_QUANTIFIED) return ERROR;
  const operator = expression.quantifier === 'exists' ? '||' : '&&';
  let outcome: Outcome = operator === '||' ? FALSE : TRUE;
  for (const item of over.items) {
    const variables = { ...scope.variables, [expression.variable]: item };
    outcome = logical(operator, outcome, () => evaluate(expression.body, { ...scope, variables }));
  }
  return outcome;
}

function listOf(outcomes: readonly Outcome[]): Outcome {
  const items = outcomes.filter((outcome) => outcome.type !== 'error');
  return items.length === outcomes.length ? { type: 'list', items } : ERROR;
}

function constantOf({ type, value }: Extract<Expression, { kind: 'constant' }>): Outcome {
  if (type === 'int' && typeof value === 'string') return { type: 'int', value: BigInt(value) };
  if (type === 'double' && typeof value === 'number') return { type: 'double', value };
  return fromJson(value);
}

function requestValue(request: RequestContext, path: readonly string[]): Outcome {
  if (path.length === 1 && path[0] === 'time') return { type: 'timestamp', value: BigInt(request.timeMs) * 1_000n };
  const json = jsonAt(request, path);
  return json === undefined ? ERROR : fromJson(json);
}

/** What `request` holds, as JSON; undefined for a member that is not there. */
function jsonAt(request: RequestContext, path: readonly string[]): Json | undefined {
  let [json, depth] = startOf(request, path);
  for (; depth < path.length && json !== undefined; depth++) json = member(json, path[depth] ?? '');
  return json;
}

/** The JSON at the beginning of a path, and how many names of the path lead there. */
function startOf({ auth, params, env }: RequestContext, path: readonly string[]): [Json | undefined, number] {
  switch (path[0]) {
    case 'params':
      return [params, 1];
    case 'env':
      return [env, 1];
    case 'auth':
      return [authMember(auth, path[1]), 2];
    default:
      return [undefined, 1];
  }
}

function authMember(auth: Principal, name: string | undefined): Json | undefined {
  switch (name) {
    case 'sub':
    case 'roles':
    case 'type':
    case 'claims':
      return auth[name];
    case undefined:
      return { sub: auth.sub, roles: auth.roles, type: auth.type, claims: auth.claims };
    default:
      return undefined;
  }
}

function member(json: Json, name: string): Json | undefined {
  if (json === null || typeof json !== 'object' || Array.isArray(json) || !Object.hasOwn(json, name)) return undefined;
  return (json as { readonly [key: string]: Json })[name];
}
