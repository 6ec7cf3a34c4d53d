import type { Json } from '@santokit/contract';
import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCbor } from './decode-cbor.ts';
import { encodeCbor } from './encode-cbor.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('a CBOR body', () => {
  it.each<[string, string, unknown]>([
    ['an integer', '18 64', 100],
    ['a negative integer', '38 63', -100],
    ['an integer that is longer than it need be', '1b 00 00 00 00 00 00 00 05', 5],
    ['an integer of 53 bits', '1b 00 1f ff ff ff ff ff ff', 9_007_199_254_740_991],
    ['an integer of 54 bits', '1b 00 20 00 00 00 00 00 01', '9007199254740993'],
    ['the greatest unsigned integer', '1b ff ff ff ff ff ff ff ff', '18446744073709551615'],
    ['the least negative integer', '3b ff ff ff ff ff ff ff ff', '-18446744073709551616'],
    ['a big number', 'c2 49 01 00 00 00 00 00 00 00 00', '18446744073709551616'],
    ['a negative big number', 'c3 49 01 00 00 00 00 00 00 00 00', '-18446744073709551617'],
    ['a half', 'f9 3e 00', 1.5],
    ['a double', 'fb 3f f1 99 99 99 99 99 9a', 1.1],
    ['a float that is whole', 'fa 47 c3 50 00', 100_000],
    ['words', '83 f4 f5 f6', [false, true, null]],
    ['bytes', '44 01 02 03 ff', 'AQID/w=='],
    ['no bytes', '40', ''],
    ['text', '64 49 45 54 46', 'IETF'],
    ['an astral character', '64 f0 90 85 91', '\u{10151}'],
    ['a byte order mark', '63 ef bb bf', '\u{feff}'],
    ['no text', '60', ''],
    ['lists in lists', '82 81 01 80', [[1], []]],
    ['a list without a length', '9f 01 82 02 03 9f 04 ff ff', [1, [2, 3], [4]]],
    ['a map', 'a2 61 61 01 61 62 81 02', { a: 1, b: [2] }],
    ['a map without a length', 'bf 61 61 01 ff', { a: 1 }],
    ['a time', 'c0 74 32 30 31 33 2d 30 33 2d 32 31 54 32 30 3a 30 34 3a 30 30 5a', '2013-03-21T20:04:00Z'],
    ['a time in seconds', 'c1 1a 51 4b 67 b0', '2013-03-21T20:04:00Z'],
    ['a time in parts of seconds', 'c1 fb 41 d4 52 d9 ec 20 00 00', '2013-03-21T20:04:00.5Z'],
    ['a time before the epoch', 'c1 fb bf e0 00 00 00 00 00 00', '1969-12-31T23:59:59.5Z'],
    ['a decimal fraction', 'c4 82 21 19 6a b3', '273.15'],
    ['a decimal fraction below one', 'c4 82 22 24', '-0.005'],
    ['a decimal fraction of a big number', 'c4 82 20 c2 49 01 00 00 00 00 00 00 00 00', '1844674407370955161.6'],
    ['hundreds', 'c4 82 02 05', '500'],
    ['a UUID', 'd8 25 50 0190a0b0000070008000000000000001', '0190a0b0-0000-7000-8000-000000000001'],
    ['the mark of CBOR itself', 'd9 d9 f7 a0', {}],
  ])('says %s', (_, bytes, value) => {
    expect(decodeCbor(hex(bytes))).toEqual(value);
  });

  it('holds no more lists and maps than JSON could', () => {
    const lists = Buffer.concat([hex('9a 00 10 00 00'), Buffer.alloc(0x10_00_00, 0x80)]);
    expect(() => decodeCbor(lists)).toThrow('more than 1000000 lists and maps');
  });

  it('has names of Object.prototype as names like any other', () => {
    const decoded = decodeCbor(
      Buffer.from(
        encode(
          new Map([
            ['__proto__', 1],
            ['constructor', 2],
          ]),
        ),
      ),
    );
    expect(Object.entries(decoded as object)).toEqual(
      [
        ['__proto__', 1],
        ['constructor', 2],
      ].sort(),
    );
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['half an integer', '19 01'],
    ['half a text', '64 49 45'],
    ['a text as long as the address space', '7b 7f ff ff ff ff ff ff ff'],
    ['bytes as long as 32 bits say', '5a ff ff ff ff'],
    ['a list as long as 32 bits say', '9a ff ff ff ff 01'],
    ['a map as long as 32 bits say', 'ba ff ff ff ff 61 61 01'],
    ['a list without an end', '9f 01'],
    ['a map without an end', 'bf 61 61 01'],
    ['a map that ends after a key', 'bf 61 61 ff'],
    ['a key without a value', 'a1 61 61'],
    ['an end of nothing', 'ff'],
    ['an end within a list that has a length', '81 ff'],
    ['an end after a tag', '9f c0 ff'],
    ['two items', '01 02'],
    ['the same key twice', 'a2 61 61 01 61 61 02'],
    ['the same key twice without a length', 'bf 61 61 01 61 61 02 ff'],
    ['a key that is a number', 'a1 01 02'],
    ['a key that is bytes that look like another key', 'a2 61 61 01 41 61 02'],
    ['a key that is a list', 'a1 80 02'],
    ['undefined', 'f7'],
    ['NaN', 'f9 7e 00'],
    ['infinity', 'f9 7c 00'],
    ['a simple value', 'f8 ff'],
    ['an unassigned simple value', 'e0'],
    ['a reserved length', '1c'],
    ['text in pieces', '7f 61 61 ff'],
    ['text that is not UTF-8', '61 ff'],
    ['half a surrogate pair', '63 ed a0 80'],
    ['a time that is text', 'c1 61 31'],
    ['a time beyond the year 9999', 'c1 1b 00 00 00 3a ff f4 41 80'],
    ['a decimal fraction of one number', 'c4 81 01'],
    ['a decimal fraction of a fraction', 'c4 82 20 f9 3e 00'],
    ['a decimal fraction that is far too big', 'c4 82 19 03 e9 01'],
    ['a UUID of three bytes', 'd8 25 43 01 02 03'],
    ['a UUID that is text', 'd8 25 61 31'],
    ['an unknown tag', 'd9 04 00 01'],
    ['a tag of nothing', 'c0'],
    ['a big number that is text', 'c2 61 31'],
    ['a big number that is far too big', `c2 58 41 ${'ff'.repeat(65)}`],
  ])('that holds %s is refused', (_, bytes) => {
    expect(() => decodeCbor(hex(bytes))).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  });

  it.each([
    ['lists', '81'],
    ['lists without a length', '9f'],
    ['maps', 'a16161'],
    ['tags', 'd9d9f7'],
  ])('of %s nested a million deep is refused at once', (_, opening) => {
    const startedMs = performance.now();
    expect(() => decodeCbor(hex(opening.repeat(1_000_000)))).toThrow('nested more than');
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  it('of any bytes is a value or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          JSON.stringify(decodeCbor(Buffer.from(bytes)));
        } catch (thrown) {
          expect(thrown).toMatchObject({ name: 'StkError', code: 'BAD_REQUEST' });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

function withTextForLongIntegers(_name: string, value: unknown, { source = '' }: { source?: string } = {}): unknown {
  const isLong = typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source);
  return isLong ? String(BigInt(source)) : value;
}

describe('an answer in CBOR', () => {
  it('says what the JSON says, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const json = JSON.stringify(value);
        expect(decodeCbor(Buffer.from(encodeCbor(json)))).toEqual(JSON.parse(json, withTextForLongIntegers));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['9007199254740993', '1b0020000000000001'],
    ['-9007199254740993', '3b0020000000000000'],
    ['18446744073709551615', '1bffffffffffffffff'],
    ['18446744073709551616', 'c249010000000000000000'],
    ['-18446744073709551616', '3bffffffffffffffff'],
    ['-18446744073709551617', 'c349010000000000000000'],
    ['1.0', '01'],
    ['0.1234567890123456789', 'fb3fbf9add3746f65f'],
    ['"9007199254740993"', '7039303037313939323534373430393933'],
  ])('keeps the digits of %s', (json, bytes) => {
    expect(Buffer.from(encodeCbor(json)).toString('hex')).toBe(bytes);
  });

  it.each<[string, Json]>([
    ['{"a":5,"\\\\":[{"b":1,"\\\\":2}]}', { a: 5, '\\': [{ b: 1, '\\': 2 }] }],
    ['{"a":5,"\\t":[{"b":1,"\\"":2}]}', { a: 5, '\t': [{ b: 1, '"': 2 }] }],
    ['{"a":5,"\\n":9007199254740993,"\\\\":1}', { a: 5, '\n': '9007199254740993', '\\': 1 }],
  ])('keeps names that are one escape: %s', (json, said) => {
    expect(decodeCbor(Buffer.from(encodeCbor(json)))).toEqual(said);
  });

  it.each(['', '9007199254740993'])('that is nested too deeply is refused, with %j in it', (innermost) => {
    const deep = `${'['.repeat(50_000)}${innermost}${']'.repeat(50_000)}`;
    expect(() => encodeCbor(deep)).toThrow(expect.objectContaining({ code: 'RESULT_TOO_LARGE' }));
  });
});
