import { type Json, StkError } from '@santokit/contract';

/**
 * A place in a list: after a row, told by the values that it has in the columns that the list is in order of. Whoever holds one may
 * as well write the same condition into `where`, so it is neither secret nor signed.
 */
export interface Cursor {
  /** Of the list: see `fingerprintOf`. */
  readonly fingerprint: string;
  /** Texts in the engine's own notation, or null, in the order of the columns. */
  readonly position: readonly (string | null)[];
}

/** A cursor as its holder sees it: base64url of the JSON list of its parts. */
export function encodeCursor({ fingerprint, position }: Cursor): string {
  return Buffer.from(JSON.stringify([fingerprint, ...position])).toString('base64url');
}

/** @throws StkError `BAD_REQUEST` for what cannot have come from `encodeCursor` */
export function decodeCursor(text: Json): Cursor {
  const [fingerprint, ...position] = typeof text === 'string' ? partsOf(text) : [];
  if (typeof fingerprint !== 'string' || !position.every(isPart)) throw malformedCursor();
  return { fingerprint, position };
}

/** What a cursor is answered with that no select gave. */
export function malformedCursor(): StkError {
  return new StkError('BAD_REQUEST', 'after is not a cursor that a select gave');
}

/** What a cursor is answered with that another select gave. */
export function foreignCursor(): StkError {
  return new StkError(
    'BAD_REQUEST',
    'after is a cursor of another query: table, where, orderBy and distinct must be the same',
  );
}

function partsOf(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    throw malformedCursor();
  }
}

function isPart(part: unknown): part is string | null {
  return part === null || typeof part === 'string';
}
