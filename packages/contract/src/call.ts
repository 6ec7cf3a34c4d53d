import type { TableOperation } from './compiled-release.ts';
import type { Json } from './json.ts';

/** What a call can do to a table: the last part of `db/<table>/<operation>`. */
export const CALL_OPERATIONS = ['select', 'insert', 'update', 'delete', 'upsert', 'count', 'aggregate'] as const;
export type CallOperation = (typeof CALL_OPERATIONS)[number];

/** The operations whose rules an operation needs; the first one's decides which rows and columns there are. */
export const RULES_OF_OPERATION: {
  readonly [O in CallOperation]: readonly [TableOperation, ...(readonly TableOperation[])];
} = {
  select: ['select'],
  insert: ['insert'],
  update: ['update'],
  delete: ['delete'],
  upsert: ['insert', 'update'],
  count: ['select'],
  aggregate: ['select'],
};

/** `POST /call`: what is called, and with what. `POST /call/<path>` has the params as its body. */
export interface Call {
  readonly path: string;
  readonly params: Json;
}

/** The body of every answer that succeeded; `meta` only where there is something in it. */
export interface SuccessBody<T = unknown> {
  readonly data: T;
  readonly meta?: Readonly<Record<string, unknown>>;
}
