/**
 * The types of expressions. `decimal` and `json` are columns' types without a CEL twin; `dyn` is known only on a request.
 */
export type ExpressionType =
  | 'null'
  | 'bool'
  | 'int'
  | 'double'
  | 'decimal'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'list'
  | 'map'
  | 'json'
  | 'dyn';

export type ExpressionOperator =
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '&&'
  | '||'
  | '!'
  | '?:'
  | 'in'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | 'negate'
  | 'has'
  | 'size'
  | 'startsWith'
  | 'endsWith'
  | 'contains'
  | 'matches'
  | 'timestamp'
  | 'duration'
  | 'index'
  | 'field';

/** A compiled CEL expression: a typed tree, engine-neutral, plain JSON. Integers are text, so that 64 bits survive JSON. */
export type Expression =
  | { readonly kind: 'constant'; readonly type: ExpressionType; readonly value: null | boolean | number | string }
  | { readonly kind: 'request'; readonly path: readonly string[]; readonly type: ExpressionType }
  | { readonly kind: 'column'; readonly name: string; readonly type: ExpressionType; readonly nullable: boolean }
  | { readonly kind: 'variable'; readonly name: string; readonly type: ExpressionType }
  | { readonly kind: 'list'; readonly items: readonly Expression[]; readonly type: 'list' }
  | {
      readonly kind: 'call';
      readonly operator: ExpressionOperator;
      readonly arguments: readonly Expression[];
      readonly type: ExpressionType;
    }
  | {
      readonly kind: 'quantifier';
      readonly quantifier: 'exists' | 'all';
      readonly over: Expression;
      readonly variable: string;
      readonly body: Expression;
      readonly type: 'bool';
    };
