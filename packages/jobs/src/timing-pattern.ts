import type { CronTiming } from '@santokit/contract';

const EVERY = /^every (\d+)$/;

/** A timing as the one text that the library keeps of a schedule. */
export function patternOf(timing: CronTiming): string {
  return 'schedule' in timing ? timing.schedule : `every ${timing.everySeconds}`;
}

export function timingOf(pattern: string): CronTiming {
  const every = EVERY.exec(pattern);
  return every === null ? { schedule: pattern } : { everySeconds: Number(every[1]) };
}
