import type { Json } from '@santokit/contract';
import { foreignCursor } from './cursor.ts';
import { fingerprintOf } from './list-identity.ts';
import type { Paging } from './statement.ts';

/** Refuses values whose cursor is of another list; undefined where there is no cursor. */
export function guardCursor(paging: Paging | undefined): ((values: readonly Json[]) => void) | undefined {
  if (paging?.after === undefined) return undefined;
  const { identity, after } = paging;
  return (values) => {
    if (values[after.fingerprint] !== fingerprintOf(identity, values)) throw foreignCursor();
  };
}
