import type { CronTiming } from '@santokit/contract';

const FIELDS = ['minute', 'hour', 'day of the month', 'month', 'day of the week'];
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** When the timing is due, in words. */
export function cronWords(timing: CronTiming): string {
  if ('everySeconds' in timing) return `every ${periodWords(timing.everySeconds)}, counted from midnight UTC`;
  const words = timing.schedule.split(' ').map((field, index) => fieldWords(field, FIELDS[index] ?? ''));
  const [, , day = '*', , weekday = '*'] = timing.schedule.split(' ');
  const either = day.startsWith('*') || weekday.startsWith('*') ? '' : '; on days that either field names';
  const said = words.filter((text) => text !== '');
  return `${said.length === 0 ? 'every minute' : `at ${said.join(', ')}`} (UTC${either})`;
}

function periodWords(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds % size === 0) ?? ['second', 1];
  return seconds === size ? unit : `${seconds / size} ${unit}s`;
}

function fieldWords(field: string, name: string): string {
  if (field === '*') return name === 'minute' ? 'every minute' : '';
  const step = /^\*\/(\d+)$/.exec(field)?.[1];
  return step === undefined ? `${name} ${field}` : `every ${step}${ordinal(Number(step))} ${name}`;
}

function ordinal(count: number): string {
  if (count % 100 >= 11 && count % 100 <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][count % 10] ?? 'th';
}
