import type { CallOperation } from './call.ts';
import type { Json } from './json.ts';
import type { Principal } from './request-context.ts';

/** What a fixture says that comes of its call: refused, let through, or let through with exactly these columns. */
export type FixtureExpectation = 'allow' | 'deny' | { readonly columns: readonly string[] };

/** Columns in the JSON form of answers. */
export type FixtureRow = Readonly<Record<string, Json>>;

/** One permission test of `tests/permissions/*.yaml`. */
export interface PermissionFixture {
  readonly file: string;
  readonly name: string;
  readonly as: Principal;
  readonly table: string;
  readonly operation: CallOperation;
  /** The row that is there; of an insert, the one that is sent. */
  readonly row?: FixtureRow;
  /** What a write sends. */
  readonly data?: FixtureRow;
  /** What `request.params`, `request.time` and `request.env` are, where it matters. */
  readonly params?: Json;
  readonly timeMs?: number;
  readonly env?: string;
  readonly expect: FixtureExpectation;
}
