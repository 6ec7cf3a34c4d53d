import { z } from 'zod';
import { parseDurationMs } from './duration.ts';
import { parseSizeBytes } from './size.ts';

/** A variable such as `30s`, in milliseconds, at least one. */
export function duration(presetMs: number) {
  return z
    .string()
    .transform((text, context) => {
      const milliseconds = parseDurationMs(text);
      if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
      context.addIssue('is not a duration such as 500ms, 30s, 5m or 1h');
      return z.NEVER;
    })
    .default(presetMs);
}

/** A variable such as `10MB`, in bytes. */
export function size(presetBytes: number, mostBytes: number) {
  return z
    .string()
    .transform((text, context) => {
      const bytes = parseSizeBytes(text);
      if (bytes !== undefined && bytes > 0 && bytes <= mostBytes) return bytes;
      context.addIssue(`is not a size such as 512KB or 10MB, at most ${mostBytes / 1_024 ** 2}MB`);
      return z.NEVER;
    })
    .default(presetBytes);
}

/** A variable that is a whole number within bounds. */
export function wholeNumber(least: number, most: number) {
  const error = `is not a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).int(error).min(least, error).max(most, error);
}
