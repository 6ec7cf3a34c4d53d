const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `500ms`, `30s`, `5m`, `1h` or `1d`; undefined for what is not a duration. */
export function parseDurationMs(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const unitMs = unit === undefined ? undefined : UNITS_MS[unit];
  if (amount === undefined || unitMs === undefined) return undefined;
  // Node's timers hold 31 bits of milliseconds and fire at once beyond.
  return Math.min(Number(amount) * unitMs, 2 ** 31 - 1);
}
