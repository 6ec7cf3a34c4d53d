/** How many calls or attempts a minute may hold where `config/limits.yaml` says nothing else ("Operations", section "Limits"). */
export const DEFAULT_RATES_PER_MINUTE = { apiKey: 1_000, endUser: 100, login: 10 } as const;

/** A rate as it is counted. */
export interface Rate {
  /** Most within one window. */
  readonly most: number;
  readonly windowSeconds: number;
}

/**
 * The rate that a number per minute stands for: whole numbers by the minute, others by the hour, because they were written by the hour
 * (`90/hour` is 1.5 per minute).
 */
export function rateOf(perMinute: number): Rate {
  if (Number.isInteger(perMinute)) return { most: perMinute, windowSeconds: 60 };
  return { most: Math.max(1, Math.round(perMinute * 60)), windowSeconds: 3_600 };
}
