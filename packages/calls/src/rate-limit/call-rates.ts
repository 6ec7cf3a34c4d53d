import { DEFAULT_RATES_PER_MINUTE, type LimitsConfig, rateOf } from '@santokit/contract';

/** How many calls one caller may make in a window of time. */
export interface CallRate {
  readonly most: number;
  readonly windowMs: number;
  /** `RateLimit-Limit`. */
  readonly limit: string;
  /** `RateLimit-Policy`. */
  readonly policy: string;
}

/** The rates of an env. */
export interface CallRates {
  readonly apiKey: CallRate;
  readonly endUser: CallRate;
}

/** The rates that `config/limits.yaml` sets, and the defaults for the others. */
export function callRatesOf({ apiKeyPerMinute, endUserPerMinute }: LimitsConfig['rateLimits']): CallRates {
  return {
    apiKey: callRate(apiKeyPerMinute ?? DEFAULT_RATES_PER_MINUTE.apiKey),
    endUser: callRate(endUserPerMinute ?? DEFAULT_RATES_PER_MINUTE.endUser),
  };
}

function callRate(perMinute: number): CallRate {
  const { most, windowSeconds } = rateOf(perMinute);
  return { most, windowMs: windowSeconds * 1_000, limit: String(most), policy: `${most};w=${windowSeconds}` };
}
