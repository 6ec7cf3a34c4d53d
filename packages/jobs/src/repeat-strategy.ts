import { nextDue } from '@santokit/project';
import { timingOf } from './timing-pattern.ts';

/** When a schedule is due next, by the one reading of timings that there is. */
export function repeatStrategy(afterMs: number, { pattern }: { pattern?: string | undefined }): number | undefined {
  return pattern === undefined ? undefined : nextDue(timingOf(pattern), afterMs);
}
