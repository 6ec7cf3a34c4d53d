import type { CronTiming } from '@santokit/contract';
import { Cron } from 'croner';

/** When the timing is next due after `afterMs`; undefined: never. */
export function nextDue(timing: CronTiming, afterMs: number): number | undefined {
  if ('everySeconds' in timing) {
    const everyMs = timing.everySeconds * 1_000;
    return (Math.floor(afterMs / everyMs) + 1) * everyMs;
  }
  return fiveFields(timing.schedule).nextRun(new Date(afterMs))?.getTime();
}

/** The next `count` times at which the timing is due after `afterMs`. */
export function nextDues(timing: CronTiming, afterMs: number, count: number): number[] {
  const dues: number[] = [];
  for (let due = nextDue(timing, afterMs); due !== undefined && dues.length < count; due = nextDue(timing, due))
    dues.push(due);
  return dues;
}

/** @throws for what is not five fields */
function fiveFields(schedule: string): Cron {
  return new Cron(schedule, { mode: '5-part', timezone: 'UTC', paused: true });
}
