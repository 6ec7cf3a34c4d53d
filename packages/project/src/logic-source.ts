import type { Json, LogicParam, LogicTransaction } from '@santokit/contract';
import type { Located, Position } from './yaml-file.ts';

/** A param of a logic file, where its name stands. */
export interface LogicParamSource extends Position {
  readonly name: string;
  readonly param: LogicParam;
}

/** What a field of an event's payload is made of. */
export interface MappingSource {
  readonly field: Located;
  /** The name of a value behind a colon (`:auth.sub`), or a literal. */
  readonly value:
    | { readonly kind: 'name'; readonly name: Located }
    | { readonly kind: 'literal'; readonly value: Json };
}

export interface PublishSource {
  readonly topic: Located;
  readonly mapping: readonly MappingSource[];
}

/** A file of SQL logic: its front matter read, its SQL as it stands. */
export interface SqlLogicSource {
  /** `users/purchase` of `logics/users/purchase.sql`. */
  readonly name: string;
  readonly at: Position;
  readonly description?: string;
  readonly roles?: readonly Located[];
  readonly condition?: Located;
  /** Undefined where they cannot be read, so that nobody can say which there are. */
  readonly params?: readonly LogicParamSource[];
  readonly connection: Located;
  readonly timeoutMs?: number;
  readonly transaction: LogicTransaction;
  readonly publish: readonly PublishSource[];
  /** The text behind the front matter. */
  readonly sql: string;
  /** The line of the file on which it starts. */
  readonly sqlLine: number;
}
