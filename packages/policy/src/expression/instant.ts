import { decimalText } from './decimal.ts';

const RFC3339 =
  /^(\d{4}-\d\d-\d\d)[Tt ]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,9}))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Microseconds since the epoch of an RFC 3339 text, digits beyond them cut off; undefined for other text and days that do not exist. */
export function parseTimestamp(text: string): bigint | undefined {
  const [, date = '', time = '', fraction = '', offset = ''] = RFC3339.exec(text) ?? [];
  if (!isDay(date)) return undefined;
  const seconds = Date.parse(`${date}T${time}${offset.toUpperCase()}`) / 1_000;
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

/** Whether `YYYY-MM-DD` is a day of the calendar, in the years that databases have too: 0001 to 9999. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** RFC 3339 in UTC, with microseconds where there are any. */
export function timestampText(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const whole = new Date(Number((micros - fraction) / 1_000n)).toISOString().slice(0, -5);
  return fraction === 0n ? `${whole}Z` : `${whole}.${fraction.toString().padStart(6, '0').replace(/0+$/, '')}Z`;
}

const DURATION_PART = /(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)/y;
const MICROS: Readonly<Record<string, number>> = {
  h: 3_600_000_000,
  m: 60_000_000,
  s: 1_000_000,
  ms: 1_000,
  us: 1,
  ns: 0.001,
};

/** Microseconds of a duration in CEL's notation, such as `1h30m` or `-1.5s`; undefined for other text. */
export function parseDuration(text: string): bigint | undefined {
  const body = text.replace(/^[+-]/, '');
  let micros = 0;
  let at = 0;
  while (at < body.length) {
    DURATION_PART.lastIndex = at;
    const part = DURATION_PART.exec(body);
    if (part === null) return undefined;
    micros += Number(part[1]) * (MICROS[part[2] ?? ''] ?? 0);
    at = DURATION_PART.lastIndex;
  }
  if (at === 0 || !Number.isFinite(micros)) return undefined;
  const value = BigInt(Math.round(micros));
  return text.startsWith('-') ? -value : value;
}

export function durationText(micros: bigint): string {
  return `${decimalText({ digits: micros, scale: 6 })}s`;
}
