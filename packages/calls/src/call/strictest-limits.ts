import type { Limits } from '@santokit/contract';

/** Each ceiling at the lower of two values; what `lower` does not name stays. */
export function strictest(limits: Limits, lower: Partial<Limits>): Limits {
  const merged: { -readonly [K in keyof Limits]: number } = { ...limits };
  for (const name of Object.keys(limits) as (keyof Limits)[])
    merged[name] = Math.min(limits[name], lower[name] ?? limits[name]);
  merged.defaultRows = Math.min(merged.defaultRows, merged.rows);
  merged.expandRows = Math.min(merged.expandRows, merged.rows);
  merged.defaultExpandRows = Math.min(merged.defaultExpandRows, merged.expandRows);
  return merged;
}
