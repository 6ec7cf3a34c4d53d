import type { Json } from '@santokit/contract';
import { encodeCursor } from '../../statement/cursor.ts';
import { fingerprintOf } from '../../statement/list-identity.ts';
import type { ListIdentity, RowLimit } from '../../statement/statement.ts';

/** Where a page of a list ends, and what there is to know of its last row for the next one to go on. */
export interface PageEnd {
  readonly limit: RowLimit;
  readonly identity: ListIdentity;
  /** Where in a row the columns lie that the list is in order of. */
  readonly columns: readonly number[];
}

/** `"nextCursor":"…"` for a page whose last row has these values in the columns of the order. */
export function nextCursor(
  { identity }: PageEnd,
  position: readonly (string | null)[],
  values: readonly Json[],
): string {
  return `"nextCursor":"${encodeCursor({ fingerprint: fingerprintOf(identity, values), position })}"`;
}
