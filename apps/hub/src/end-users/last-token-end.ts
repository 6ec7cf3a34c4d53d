import { CLOCK_SKEW_SECONDS } from '@santokit/crypto';

/** How long access tokens live in an env. */
export interface TokenLives {
  readonly accessTokenTtlSeconds: number;
  /** When the last one has expired that an earlier release gave its life. */
  readonly earlierTokensUntil: Date | null;
}

/** Requests that are under way end within this, and so do differences between the clocks of several Hubs. */
const UNDER_WAY_MS = 60_000;

/** When every access token has expired, clock skew forgiven, that was issued until `at`. */
export function lastTokenEnd({ accessTokenTtlSeconds, earlierTokensUntil }: TokenLives, at: Date): Date {
  const endMs = at.getTime() + (accessTokenTtlSeconds + CLOCK_SKEW_SECONDS) * 1_000 + UNDER_WAY_MS;
  return new Date(Math.max(endMs, earlierTokensUntil?.getTime() ?? 0));
}
