import { expect, it } from 'vitest';
import { cronWords } from './cron-words.ts';

it.each([
  ['0 */6 * * *', 'at minute 0, every 6th hour (UTC)'],
  ['* * * * *', 'at every minute (UTC)'],
  ['*/15 9-17 * * mon-fri', 'at every 15th minute, hour 9-17, day of the week mon-fri (UTC)'],
  ['0 0 1 */2 *', 'at minute 0, hour 0, day of the month 1, every 2nd month (UTC)'],
  ['0 0 1 * 1', 'at minute 0, hour 0, day of the month 1, day of the week 1 (UTC; on days that either field names)'],
])('says when %s is due', (schedule, words) => expect(cronWords({ schedule })).toBe(words));

it.each([
  [86_400, 'every day, counted from midnight UTC'],
  [21_600, 'every 6 hours, counted from midnight UTC'],
  [90, 'every 90 seconds, counted from midnight UTC'],
])('says when every %d s is due', (everySeconds, words) => expect(cronWords({ everySeconds })).toBe(words));
