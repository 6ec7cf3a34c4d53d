/** How current a Bridge's copy of an env is ("Operations", section "A Bridge's state"). */
export const CACHE_STATES = ['EMPTY', 'FRESH', 'STALE', 'EXPIRED'] as const;
export type CacheState = (typeof CACHE_STATES)[number];

export interface CacheFacts {
  /** Whether a release is there to be served. */
  readonly isLoaded: boolean;
  /** Since everything was last known to be current. */
  readonly ageMs: number;
  /** Whether the last attempt to find out failed. */
  readonly isFailing: boolean;
  /** Up to this age polls are in time. */
  readonly inTimeMs: number;
  readonly maxStaleMs: number;
}

/** Only EMPTY and EXPIRED do not serve. */
export function cacheStateOf(facts: CacheFacts): CacheState {
  if (!facts.isLoaded) return 'EMPTY';
  if (facts.ageMs > facts.maxStaleMs) return 'EXPIRED';
  return facts.isFailing || facts.ageMs > facts.inTimeMs ? 'STALE' : 'FRESH';
}
