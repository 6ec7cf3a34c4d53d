import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { answerFormatOf } from './answer-format.ts';
import { type ContentCoding, compressed, contentCodingOf } from './content-coding.ts';
import { qualitiesOf } from './qualities.ts';

describe('Accept', () => {
  it.each<[string | undefined, 'json' | 'cbor']>([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['application/json', 'json'],
    ['application/cbor', 'cbor'],
    ['Application/CBOR', 'cbor'],
    ['application/cbor;q=0.1', 'cbor'],
    ['application/cbor;q=0', 'json'],
    ['application/json, application/cbor', 'json'],
    ['application/cbor, application/json', 'json'],
    ['application/json;q=0.8, application/cbor', 'cbor'],
    ['application/json, application/cbor;q=0.9', 'json'],
    ['application/cbor, */*;q=0.5', 'cbor'],
    ['application/cbor;q=0.4, */*;q=0.5', 'json'],
    ['application/json;q=0, */*', 'json'],
    ['application/cbor;q=2, application/json', 'json'],
    ['text/html', 'json'],
    ['application/cbor-seq', 'json'],
    [';;,,q=,', 'json'],
  ])('%j is answered in %s', (accept, format) => {
    expect(answerFormatOf(accept)).toBe(format);
  });
});

describe('Accept-Encoding', () => {
  it.each<[string, ContentCoding | undefined]>([
    ['', undefined],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['br', 'br'],
    ['deflate', 'deflate'],
    ['zstd', 'zstd'],
    ['compress, x-made-up', undefined],
    ['gzip, deflate', 'gzip'],
    ['deflate, gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip;q=1.0, br;q=0.5', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzip;q=0, *', undefined],
    ['*', 'gzip'],
    ['*;q=0', undefined],
    ['identity', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['identity;q=0.5, gzip', 'gzip'],
    ['identity;q=0, *;q=0.1', 'gzip'],
    ['gzip;q=nonsense', undefined],
  ])('%j is answered with %s', (header, coding) => {
    expect(contentCodingOf(header, 2_000)).toBe(coding);
  });

  it.each<[string, number, ContentCoding | undefined]>([
    ['gzip', 1_024, undefined],
    ['gzip', 1_025, 'gzip'],
    ['gzip, identity;q=0', 10, 'gzip'],
    ['gzip, *;q=0', 10, 'gzip'],
  ])('%j of %i bytes is answered with %s', (header, bytes, coding) => {
    expect(contentCodingOf(header, bytes)).toBe(coding);
  });

  it.each<[ContentCoding, (bytes: Uint8Array) => Promise<Buffer>]>([
    ['gzip', promisify(gunzip)],
    ['deflate', promisify(inflate)],
    ['br', promisify(brotliDecompress)],
    ['zstd', promisify(zstdDecompress)],
  ])('%s gives the same bytes back, and fewer on the way', async (coding, undo) => {
    const body = Buffer.from(JSON.stringify(Array.from({ length: 500 }, (_, id) => ({ id, title: `Title ${id}` }))));
    const small = await compressed(body, coding);
    expect(small.length).toBeLessThan(body.length / 2);
    expect(Buffer.compare(await undo(small), body)).toBe(0);
  });
});

it('a weight is that of the entry, and of the highest one where there are two', () => {
  expect([...qualitiesOf('a;q=0.5, b;level=1;q=0.25, A;q=0.75, c, d;q=1.1, e;q=-1, f;q=0.1234')]).toEqual([
    ['a', 0.75],
    ['b', 0.25],
    ['c', 1],
  ]);
});
