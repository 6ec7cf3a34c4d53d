import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileValueCheck } from './check-value.ts';
import { compareDecimals } from './decimal.ts';
import { isCalendarDate, normalisedTimestamp } from './instants.ts';

describe('decimals', () => {
  it('compare exactly, whatever their length', () => {
    const text = fc
      .tuple(fc.bigInt(), fc.nat(30))
      .map(([digits, scale]) => ({ digits, scale, text: written(digits, scale) }));
    fc.assert(
      fc.property(text, text, (a, b) => {
        const difference = a.digits * 10n ** BigInt(b.scale) - b.digits * 10n ** BigInt(a.scale);
        expect(compareDecimals(a.text, b.text)).toBe(difference < 0n ? -1 : Number(difference > 0n));
      }),
    );
  });
});

describe('instants', () => {
  it('keep their point in time when normalised', () => {
    const instant = fc.date({
      min: new Date('0002-01-01T00:00:00Z'),
      max: new Date('9998-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, fc.integer({ min: -23 * 60, max: 23 * 60 }), (date, offset) => {
        const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1);
        const sign = offset < 0 ? '-' : '+';
        const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
        const text = `${local}${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
        expect(new Date(normalisedTimestamp(text) ?? '').getTime()).toBe(date.getTime());
      }),
    );
  });

  it('exist as the calendar says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        fc.integer({ min: 0, max: 13 }),
        fc.integer({ min: 0, max: 32 }),
        (year, month, day) => {
          const pad = (value: number, size: number) => String(value).padStart(size, '0');
          const date = new Date(0);
          date.setUTCFullYear(year, month - 1, day);
          const exists =
            date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
          expect(isCalendarDate(`${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`)).toBe(exists);
        },
      ),
    );
  });
});

describe('a column', () => {
  it.each([
    [{ type: 'string', maxLength: 2 }, '\u{1f600}\u{1f600}', 'abc', 'c must have at most 2 characters'],
    [{ type: 'string', minLength: 2 }, 'ab', '\u{1f600}', 'c must have at least 2 characters'],
    [{ type: 'string', pattern: '^a+$' }, 'aaa', 'aab', 'c does not match the pattern'],
    [{ type: 'string', format: 'email' }, 'a.b+c@x-y.org', 'a@b@c', 'c must be an email address'],
    [{ type: 'string', format: 'url' }, 'https://x.org/a?b', 'javascript:alert(1)', 'c must be an http or https URL'],
    [{ type: 'string', format: 'ipv4' }, '10.0.0.1', '10.0.0.256', 'c must be an IPv4 address'],
    [{ type: 'string', format: 'ipv6' }, '::1', '::g', 'c must be an IPv6 address'],
    [{ type: 'string', format: 'uuid' }, '0190a0b0-0000-7000-8000-000000000001', 'x', 'c must be a UUID'],
    [{ type: 'int', enum: [1, 2] }, 2, 3, 'c must be one of 1, 2'],
    [{ type: 'int', min: '-1.5', max: '2.5' }, 2, 3, 'c must be at most 2.5'],
    [{ type: 'float', min: '0.1' }, 0.1, 0.09999, 'c must be at least 0.1'],
    [
      { type: 'decimal', min: '0.01' },
      '0.0100000000000000000001',
      '0.0099999999999999999999',
      'c must be at least 0.01',
    ],
    [
      { type: 'bigint', max: '9007199254740993' },
      '9007199254740993',
      '9007199254740994',
      'c must be at most 9007199254740993',
    ],
    [
      { type: 'array', items: { type: 'array', items: { type: 'int' } } },
      [[1], []],
      [[1], ['x']],
      'c[1][0] must be an integer',
    ],
    [{ type: 'array', maxLength: 1 }, [{}], [1, 2], 'c must have at most 1 elements'],
  ] as const)('of %j takes %j and refuses %j', (spec, good, bad, refusal) => {
    const check = compileValueCheck(spec);
    expect(() => check(good, 'c')).not.toThrow();
    expect(() => check(bad, 'c')).toThrow(
      expect.objectContaining({ code: 'BAD_REQUEST', message: refusal, details: { column: 'c' } }),
    );
  });

  it.each([
    [{ type: 'timestamp' }, '2024-01-01T00:30:00.5+02:00', '2023-12-31T22:30:00.5Z'],
    [{ type: 'uuid' }, '0190A0B0-0000-7000-8000-000000000001', '0190a0b0-0000-7000-8000-000000000001'],
    [{ type: 'decimal' }, '1.50', '1.50'],
    [{ type: 'json' }, { a: ['2024-01-01T00:30:00+02:00'] }, { a: ['2024-01-01T00:30:00+02:00'] }],
  ] as const)('of a list of %j writes %j as %j, also where lists hold lists', (items, sent, written) => {
    const spec = { type: 'array', items } as const;
    expect(JSON.parse(compileValueCheck(spec)([sent], 'c'))).toEqual([written]);
    expect(JSON.parse(compileValueCheck({ type: 'array', items: spec })([[sent], []], 'c'))).toEqual([[written], []]);
  });

  it('refuses a value that is nested without end, and does not recurse over it', () => {
    let deep: object = {};
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    expect(() => compileValueCheck({ type: 'json' })(deep as never, 'c')).toThrow('c is nested more than 100 deep');
  });
});

function written(digits: bigint, scale: number): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const point = text.length - scale;
  return `${digits < 0n ? '-' : ''}${text.slice(0, point)}${scale === 0 ? '' : `.${text.slice(point)}`}`;
}
