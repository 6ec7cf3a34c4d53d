import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { CompiledRelease, Table } from '@santokit/contract';
import { decode, encode } from 'cborg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type BridgeClient, Stage } from './support/stage.ts';

const ADMIN = [{ roles: ['admin'] }];
const SAMPLES: Table = {
  name: 'samples',
  connection: 'main',
  key: { columns: ['id'], generate: 'client' },
  columns: {
    id: { name: 'id', type: 'int', nullable: false },
    big: { name: 'big', type: 'bigint', nullable: true },
    raw: { name: 'raw', type: 'bytes', nullable: true },
    any: { name: 'any', type: 'json', nullable: true },
  },
  indexes: [],
  relations: {},
};
const stage = new Stage();
let bridge: BridgeClient;

beforeAll(async () => {
  await stage.open();
  const sql = postgres(stage.databaseUrl, { max: 1 });
  await sql`create table samples (id int primary key, big bigint, raw bytea, "any" jsonb)`;
  await sql`insert into samples ("id", "any") select n, jsonb_build_object('text', repeat('word ', 20)) from generate_series(1001, 1100) n`;
  await sql`insert into samples ("id", "any") values (2000, jsonb_build_object('text', repeat('word ', 100000)))`;
  await sql.end();
  const release = shopRelease();
  const withSamples: CompiledRelease = {
    ...release,
    schema: { ...release.schema, samples: SAMPLES },
    permissions: { tables: { ...release.permissions.tables, samples: { select: ADMIN, insert: ADMIN } } },
  };
  stage.apply(withSamples);
  bridge = await (await stage.bridge()).ready();
});
afterAll(() => stage.close());

interface RawAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** A call in which nobody adds headers or undoes a compression. */
function send(path: string, body: string | Uint8Array, headers: Record<string, string>): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers: { 'x-santokit-api-key': stage.admin.key, ...headers } };
    httpRequest(bridge.url + path, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end(body);
  });
}

const JSON_BODY = { 'content-type': 'application/json' };
const CBOR_BODY = { 'content-type': 'application/cbor' };
const CBOR_BOTH = { ...CBOR_BODY, accept: 'application/cbor' };

describe('CBOR', () => {
  it.each<[string, unknown]>([
    ['/call/db/posts/select', { where: { id: 'p1' }, select: ['id'] }],
    ['/call', { path: 'db/posts/select', params: { where: { id: 'p1' }, select: ['id'] } }],
  ])('is understood and spoken by %s', async (path, body) => {
    const answer = await send(path, encode(body), CBOR_BOTH);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/cbor']);
    expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
    expect(decode(answer.bytes)).toEqual({ data: [{ id: 'p1' }] });
  });

  it('is understood and spoken by /batch', async () => {
    const call = { path: 'db/posts/select', params: { where: { id: 'p1' }, select: ['id'] } };
    const answer = await send('/batch', encode({ calls: [call, { path: 'db/none/select' }] }), CBOR_BOTH);
    expect(decode(answer.bytes)).toMatchObject({
      results: [{ data: [{ id: 'p1' }] }, { error: { code: 'NOT_FOUND' } }],
    });
  });

  it('and JSON may be mixed', async () => {
    const toJson = await send('/call/db/posts/select', encode({ limit: 1 }), CBOR_BODY);
    expect(JSON.parse(toJson.bytes.toString()).data).toHaveLength(1);
    const toCbor = await send('/call/db/posts/select', '{"limit":1}', { ...JSON_BODY, accept: 'application/cbor' });
    expect(decode(toCbor.bytes).data).toHaveLength(1);
  });

  it('carries bytes and integers of 64 bits to the columns that hold them', async () => {
    const data = { id: 1, big: 9_007_199_254_740_993n, raw: new Uint8Array([1, 2, 255]), any: { n: [1.5, null] } };
    const inserted = await send('/call/db/samples/insert', encode({ data }), CBOR_BOTH);
    expect(decode(inserted.bytes)).toEqual({
      data: { id: 1, big: '9007199254740993', raw: 'AQL/', any: { n: [1.5, null] } },
    });
  });

  it.each([
    [11, { '': 5, '\\': [{ '': 1, '\\': 2 }] }],
    [12, { '': 5, '\t': [{ '': 1, '"': 2 }] }],
  ])('carries the names of json columns as they are (%i)', async (id, any) => {
    const inserted = await send('/call/db/samples/insert', encode({ data: { id, any } }), CBOR_BOTH);
    expect(decode(inserted.bytes)).toMatchObject({ data: { id, any } });
    const selected = await send('/call/db/samples/select', encode({ where: { id }, select: ['any'] }), CBOR_BOTH);
    expect(decode(selected.bytes)).toEqual({ data: [{ any }] });
  });

  it('carries answers of any size, and compresses them', async () => {
    const asked = encode({ where: { id: 2000 }, select: ['any'] });
    const plain = await send('/call/db/samples/select', asked, CBOR_BOTH);
    const packed = await send('/call/db/samples/select', asked, { ...CBOR_BOTH, 'accept-encoding': 'gzip' });
    expect(decode(plain.bytes)).toEqual({ data: [{ any: { text: 'word '.repeat(100_000) } }] });
    expect(plain.headers['content-type']).toBe('application/cbor');
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
  });

  it.each<[string, number, Uint8Array, Record<string, string>]>([
    ['an unknown path', 404, encode({}), CBOR_BOTH],
    ['a body that is malformed', 400, new Uint8Array([0x9f]), CBOR_BOTH],
    ['no body', 400, new Uint8Array(), CBOR_BOTH],
    ['a body that is JSON', 400, Buffer.from('{"limit":1}'), CBOR_BOTH],
    ['a body that is nested without end', 400, Buffer.alloc(90_000, 0x81), CBOR_BOTH],
    ['a body over the ceiling', 413, Buffer.alloc(100_001, 0x60), CBOR_BOTH],
    ['no credential', 401, encode({}), { ...CBOR_BOTH, 'x-santokit-api-key': 'none' }],
    ['another content type', 415, encode({}), { ...CBOR_BOTH, 'content-type': 'application/cbor-seq' }],
    ['a compressed body', 415, encode({}), { ...CBOR_BOTH, 'content-encoding': 'gzip' }],
  ])('tells of %s as an error %i in CBOR', async (_, status, body, headers) => {
    const path = status === 404 ? '/call/db/nothing/select' : '/call/db/posts/select';
    const answer = await send(path, body, headers);
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/cbor']);
    expect(decode(answer.bytes).error.requestId).toBe(answer.headers['x-request-id']);
  });
});

describe('an answer', () => {
  const large = (headers: Record<string, string>) =>
    send('/call/db/samples/select', '{}', { ...JSON_BODY, ...headers });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
    ['br', brotliDecompressSync],
    ['zstd', zstdDecompressSync],
  ])('comes compressed by %s to who accepts it', async (coding, undo) => {
    const plain = await large({});
    const small = await large({ 'accept-encoding': coding });
    expect([plain.headers['content-encoding'], small.headers['content-encoding']]).toEqual([undefined, coding]);
    expect(small.headers['content-length']).toBe(String(small.bytes.length));
    expect(small.headers.vary).toContain('Accept-Encoding');
    expect(small.bytes.length).toBeLessThan(plain.bytes.length / 4);
    expect(undo(small.bytes).toString()).toBe(plain.bytes.toString());
  });

  it('in CBOR comes compressed too', async () => {
    const small = await large({ 'accept-encoding': 'gzip', accept: 'application/cbor' });
    expect(small.headers).toMatchObject({ 'content-type': 'application/cbor', 'content-encoding': 'gzip' });
    expect(decode(gunzipSync(small.bytes)).data).toHaveLength(100);
  });

  it.each([{ 'accept-encoding': 'identity' }, { 'accept-encoding': 'compress' }, { 'accept-encoding': 'gzip;q=0' }])(
    'comes as it is to %j',
    async (headers) => {
      const { headers: answered, bytes } = await large(headers);
      expect(answered['content-encoding']).toBeUndefined();
      expect(JSON.parse(bytes.toString()).data).toHaveLength(100);
    },
  );

  it('that is small, or an error, is not compressed', async () => {
    for (const body of ['{"limit":1}', `{"where":{${Array.from({ length: 60 }, (_, n) => `"c${n}":1`)}}}`]) {
      const { headers } = await send('/call/db/posts/select', body, { ...JSON_BODY, 'accept-encoding': 'gzip' });
      expect(headers['content-encoding']).toBeUndefined();
    }
  });
});

describe('JSON', () => {
  const select = (body: string) => send('/call/db/posts/select', body, JSON_BODY);

  it('that says a name twice means the last one', async () => {
    const { bytes } = await select(
      '{"limit":"x","where":{"id":"p1","id":"p2"},"select":["title"],"select":["id"],"limit":1}',
    );
    expect(JSON.parse(bytes.toString())).toEqual({ data: [{ id: 'p2' }] });
  });

  it.each([
    ['__proto__ as a param', '{"__proto__":{"where":{"id":"p1"}}}'],
    ['__proto__ as a column', '{"where":{"__proto__":{"id":"p1"}}}'],
    ['constructor as a column', '{"where":{"constructor":"x"}}'],
    ['half a surrogate pair as a value', '{"where":{"title":"\\ud800"}}'],
    ['half a surrogate pair as a name', '{"where":{"\\ud800":1}}'],
    ['NUL in a value', '{"where":{"title":"a\\u0000b"}}'],
    ['NUL in a name', '{"where":{"a\\u0000b":1}}'],
  ])('with %s is refused', async (_, body) => {
    const { status, bytes } = await select(body);
    expect([status, JSON.parse(bytes.toString()).error.code]).toEqual([400, 'BAD_REQUEST']);
  });
});
