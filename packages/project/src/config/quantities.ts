const DURATION_UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_UNITS_BYTES = { B: 1, KB: 1_024, MB: 1_024 ** 2, GB: 1_024 ** 3 } as const;
const RATE_UNITS_PER_MINUTE = { sec: 60, min: 1, hour: 1 / 60 } as const;

/** Milliseconds of `500ms`, `5s`, `15m`, `6h`, `30d`; `null` for anything else. */
export function parseDurationMs(text: string): number | null {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  return match === null ? null : Number(match[1]) * DURATION_UNITS_MS[match[2] as keyof typeof DURATION_UNITS_MS];
}

/** Bytes of `512B`, `5KB`, `10MB`, `1GB`, in units of 1,024; `null` for anything else. */
export function parseSizeBytes(text: string): number | null {
  const match = /^(\d{1,9})(B|KB|MB|GB)$/.exec(text);
  return match === null ? null : Number(match[1]) * SIZE_UNITS_BYTES[match[2] as keyof typeof SIZE_UNITS_BYTES];
}

/** A rate per minute of `100/min`, `5/sec`, `1000/hour`; `null` for anything else. */
export function parseRatePerMinute(text: string): number | null {
  const match = /^(\d{1,9})\/(sec|min|hour)$/.exec(text);
  return match === null
    ? null
    : Number(match[1]) * RATE_UNITS_PER_MINUTE[match[2] as keyof typeof RATE_UNITS_PER_MINUTE];
}
