export interface TargetTiming {
  readonly pollIntervalMs: number;
  readonly maxStaleMs: number;
  readonly hubTimeoutMs: number;
  readonly backoff: { readonly minMs: number; readonly maxMs: number };
}

/** The Hub holds a long poll for at most this long. */
const MOST_WAIT_SECONDS = 25;

/** How often to ask, so that a copy is renewed several times before it would expire. */
export function pollPlanOf(timing: TargetTiming): PollPlan {
  const intervalMs = Math.min(timing.pollIntervalMs, Math.max(1, Math.floor(timing.maxStaleMs / 3)));
  const waitSeconds = Math.min(MOST_WAIT_SECONDS, Math.floor(intervalMs / 1_000));
  return { intervalMs, waitSeconds, inTimeMs: intervalMs + waitSeconds * 1_000 + 2 * timing.hubTimeoutMs };
}

export interface PollPlan {
  /** Between two looks at keys and connections. */
  readonly intervalMs: number;
  /** For which a look at the release pointer is held. */
  readonly waitSeconds: number;
  /** Polls that take longer than this are late. */
  readonly inTimeMs: number;
}
