import { StkError } from '@santokit/contract';
import { type Database, SchemaMismatch } from '@santokit/engine';
import { FunctionFault } from '@santokit/runtime';
import type { Stores } from '../storage/stores.ts';
import { KnownMismatches } from './known-mismatches.ts';
import type { ServedRelease } from './served-release.ts';

/** What a request is served with. */
export interface Serving {
  readonly served: ServedRelease;
  readonly databases: ReadonlyMap<string, Database>;
  readonly stores: Stores;
  /** Whether it is served with it for the second time: what was prepared for it earlier is not to be trusted. */
  readonly isAgain?: boolean;
}

/** Where requests find what they are served with, and what comes after it. */
export interface ServingSource {
  /** @throws StkError `SERVICE_UNAVAILABLE` */
  snapshot(): Serving;
  /** Resolves to whether another release than `served` is served now, having waited up to `timeoutMs` for one. */
  isReplaced(served: ServedRelease, timeoutMs: number): Promise<boolean>;
  /** Makes the tables of Santokit's own that `served` needs, where they are missing. Never rejects. */
  makeOwnTables(served: ServedRelease): Promise<void>;
}

/** What to serve a request with once more, after `thrown` ended the first time; rejects with `thrown` where that would be in vain. */
export type ServeAgain = (thrown: unknown, served: ServedRelease) => Promise<Serving>;

/** All that a request may wait for the release that goes with a changed schema. */
const MOST_WAIT_MS = 1_000;
const knownMismatches = new KnownMismatches();

/**
 * For one request. An apply moves the release right behind the schema, so a statement can meet a schema that its release does not know.
 * Such a statement did nothing, nor did the transaction that it ended, and the next release may have better words for it.
 */
export function serveAgain(source: ServingSource): ServeAgain {
  let giveUpAtMs: number | undefined;
  return async (thrown, served) => {
    const mismatch = mismatchIn(thrown);
    if (mismatch === undefined) throw thrown;
    // They may be there by now, made for another call or by another Bridge: then, too, it is worth a second try.
    if (mismatch.of === 'own') await source.makeOwnTables(served);
    if (mismatch.of === 'schema') {
      const nowMs = performance.now();
      const isNews = knownMismatches.isNews(served, `${mismatch.code} ${mismatch.message}`, nowMs);
      // The calls of a batch wait together, not one after the other.
      if (isNews) giveUpAtMs ??= nowMs + MOST_WAIT_MS;
      const waitMs = isNews && giveUpAtMs !== undefined ? Math.max(0, giveUpAtMs - nowMs) : 0;
      if (!(await source.isReplaced(served, waitMs))) throw thrown;
    }
    return { ...source.snapshot(), isAgain: true };
  };
}

function mismatchIn(thrown: unknown): SchemaMismatch | undefined {
  if (!(thrown instanceof StkError)) return undefined;
  const cause = thrown.cause instanceof FunctionFault ? thrown.cause.cause : thrown.cause;
  return cause instanceof SchemaMismatch ? cause : undefined;
}
