import type { ByteWriter } from './byte-writer.ts';

/** Microseconds since 2000-01-01 as `timestamptz_send` writes them; its ends stand for infinity (`datatype/timestamp.h`). */
const INFINITY = 2n ** 63n - 1n;
const MINUS_INFINITY = -(2n ** 63n);
const MICROS_PER_SECOND = 1_000_000;
const MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;
const WORD = 2 ** 32;
/** What the upper word may be for the microseconds to be a number that is exact: the years 1714 to 2285. */
const MOST_UPPER_WORD = 2 ** 21;
const EPOCH_DAYS_SINCE_YEAR_0 = 730_425;

const QUOTE = 0x22;
const DASH = 0x2d;
const COLON = 0x3a;
const DOT = 0x2e;
const ZERO = 0x30;
const CAPITAL_T = 0x54;
const CAPITAL_Z = 0x5a;

/**
 * Writes a `timestamptz` in binary format as RFC 3339 in UTC, with as many digits of a second as PostgreSQL prints.
 * @returns whether it has: not for an instant far away, of which only its text tells how it is written
 */
export function writeTimestamp(source: Buffer, at: number, out: ByteWriter): boolean {
  const upper = source.readInt32BE(at);
  if (upper < -MOST_UPPER_WORD || upper >= MOST_UPPER_WORD) return false;
  const micros = upper * WORD + source.readUInt32BE(at + 4);
  const days = Math.floor(micros / MICROS_PER_DAY);
  const inDay = micros - days * MICROS_PER_DAY;
  const seconds = Math.floor(inDay / MICROS_PER_SECOND);
  const { year, month, day } = dateOf(days);
  out.byte(QUOTE);
  out.twoDigits(Math.trunc(year / 100));
  out.twoDigits(year % 100);
  out.byte(DASH);
  out.twoDigits(month);
  out.byte(DASH);
  out.twoDigits(day);
  out.byte(CAPITAL_T);
  out.twoDigits(Math.trunc(seconds / 3_600));
  out.byte(COLON);
  out.twoDigits(Math.trunc(seconds / 60) % 60);
  out.byte(COLON);
  out.twoDigits(seconds % 60);
  writeFraction(inDay - seconds * MICROS_PER_SECOND, out);
  out.byte(CAPITAL_Z);
  out.byte(QUOTE);
  return true;
}

/** `.5` for half a second, nothing for none. */
function writeFraction(micros: number, out: ByteWriter): void {
  if (micros === 0) return;
  out.byte(DOT);
  for (let rest = micros, unit = MICROS_PER_SECOND / 10; rest > 0; unit /= 10) {
    const digit = Math.trunc(rest / unit);
    out.byte(ZERO + digit);
    rest -= digit * unit;
  }
}

/** A `timestamptz` in binary format as PostgreSQL prints it in UTC: `2024-01-31 12:00:00.5+00`. */
export function timestampText(source: Buffer, at: number): string {
  const micros = source.readBigInt64BE(at);
  if (micros === INFINITY) return 'infinity';
  if (micros === MINUS_INFINITY) return '-infinity';
  const perDay = BigInt(MICROS_PER_DAY);
  const inDay = Number(((micros % perDay) + perDay) % perDay);
  const { year, month, day } = dateOf(Number((micros - BigInt(inDay)) / perDay));
  const seconds = Math.floor(inDay / MICROS_PER_SECOND);
  const fraction = inDay % MICROS_PER_SECOND;
  const date = `${padded(year > 0 ? year : 1 - year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
  const time = [seconds / 3_600, (seconds / 60) % 60, seconds % 60]
    .map((part) => padded(Math.trunc(part), 2))
    .join(':');
  const decimals = fraction === 0 ? '' : `.${padded(fraction, 6).replace(/0+$/, '')}`;
  return `${date} ${time}${decimals}+00${year > 0 ? '' : ' BC'}`;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

/**
 * The date so many days after 2000-01-01 in the Gregorian calendar, before its time too; year 0 is 1 BC.
 * Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`: years begin in March, eras are 400 of them.
 */
function dateOf(daysSince2000: number): { readonly year: number; readonly month: number; readonly day: number } {
  const days = daysSince2000 + EPOCH_DAYS_SINCE_YEAR_0;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.trunc(
    (dayOfEra - Math.trunc(dayOfEra / 1_460) + Math.trunc(dayOfEra / 36_524) - Math.trunc(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.trunc(yearOfEra / 4) - Math.trunc(yearOfEra / 100));
  const monthFromMarch = Math.trunc((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.trunc((153 * monthFromMarch + 2) / 5) + 1,
  };
}
