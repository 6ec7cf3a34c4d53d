/** How long after it was first met an apply may still be about to bring the release that goes with it. */
const NEWS_MS = 5_000;
/** Of one release. A function may make up what it names. */
const MOST_KNOWN = 200;

/**
 * What of a release does not go with the schema, and since when that is known. An apply is over within moments; what is still wrong then is
 * wrong with the release, as logic is that names a column which is not there, and no call is to wait for it again.
 */
export class KnownMismatches {
  readonly #sinceMs = new WeakMap<object, Map<string, number>>();

  /** Whether it was first met so short a time ago that the next release may be on its way. */
  isNews(release: object, mismatch: string, nowMs: number): boolean {
    const known = this.#sinceMs.get(release) ?? new Map<string, number>();
    this.#sinceMs.set(release, known);
    const sinceMs = known.get(mismatch);
    if (sinceMs !== undefined) return nowMs - sinceMs < NEWS_MS;
    const [oldest] = known.keys();
    if (known.size >= MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    known.set(mismatch, nowMs);
    return true;
  }
}
