import type { Expression } from './expression.ts';
import type { Json } from './json.ts';
import type { ColumnDefault, ValueSpec } from './schema.ts';

/** How far the transaction of a logic file is kept apart from others; `none`: each statement stands alone. */
export const LOGIC_TRANSACTIONS = ['read_committed', 'repeatable_read', 'serializable', 'none'] as const;
export type LogicTransaction = (typeof LOGIC_TRANSACTIONS)[number];

/** What a param must satisfy, in the terms of columns. */
export interface LogicParam extends ValueSpec {
  readonly nullable: boolean;
  /** Taken where the caller sends nothing; without it the param is required, unless it is nullable. */
  readonly default?: ColumnDefault;
  readonly description?: string;
}

/** Where a bound value of a statement comes from. */
export type LogicValue =
  | { readonly from: 'param'; readonly name: string }
  | { readonly from: 'auth'; readonly name: 'sub' | 'roles' }
  | { readonly from: 'now' | 'env' }
  /** `id`, or a field of the payload. */
  | { readonly from: 'event'; readonly name: string }
  /** A column of a row of the answer; in `publish` only. */
  | { readonly from: 'result'; readonly name: string };

/** One parameter of a statement. `array`: in the database's own notation of arrays instead of JSON. */
export type SqlBinding = LogicValue & { readonly as?: 'array' };

/** One statement of a file, its parameters numbered in the order of `bindings`. */
export interface SqlStatement {
  readonly text: string;
  readonly bindings: readonly SqlBinding[];
}

/** Statements that belong together; `none`: each one is a transaction of its own. */
export interface SqlUnit {
  readonly transaction: LogicTransaction;
  readonly readOnly: boolean;
  /** Written as `BEGIN … COMMIT` in the file. */
  readonly explicit?: boolean;
  /** Ends in `ROLLBACK`. */
  readonly rollsBack?: boolean;
  /** One statement that can change nothing whatever it runs in: it needs no transaction to be held to that. */
  readonly harmless?: boolean;
  readonly statements: readonly SqlStatement[];
}

/** An event that is written with the answer, once for each row of it where the mapping speaks of `result`. */
export interface LogicPublish {
  readonly topic: string;
  /** Fields of the payload: a value by its name, or a literal. */
  readonly mapping: Readonly<Record<string, LogicValue | { readonly from: 'literal'; readonly value: Json }>>;
}

interface LogicCommon {
  readonly description?: string;
  /** Absent: only the rules of `config/permissions.yaml` decide. */
  readonly roles?: readonly string[];
  /** Over the request alone. */
  readonly condition?: Expression;
  readonly connection: string;
  /** Below the limit of the Bridge. */
  readonly timeoutMs?: number;
}

export interface SqlLogic extends LogicCommon {
  readonly kind: 'sql';
  readonly params: Readonly<Record<string, LogicParam>>;
  readonly units: readonly SqlUnit[];
  readonly publish?: readonly LogicPublish[];
}

export interface FunctionLogic extends LogicCommon {
  readonly kind: 'function';
  /** A query runs read-only. */
  readonly mode: 'query' | 'mutation';
  /** SHA-256 of the bundle, hexadecimal. */
  readonly artifact: string;
  /** SHA-256 of what the bundle runs on, hexadecimal. */
  readonly base: string;
  /** The export of the bundle. */
  readonly export: string;
  /** JSON Schema of its arguments. */
  readonly args?: Json;
}

/** Custom logic, compiled. */
export type CompiledLogic = SqlLogic | FunctionLogic;

/** By name, such as `users/purchase`, which is called as `logics/users/purchase`. */
export type CompiledLogics = Readonly<Record<string, CompiledLogic>>;
