import { type Json, STORAGE_CALLS, StkError } from '@santokit/contract';
import { readProject } from '@santokit/project';
import { compileStorage } from '@santokit/storage';
import { startStrictStore } from '@santokit/storage/testing';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { user } from '../call/testing/served-blog.ts';
import { callStorage } from './call-storage.ts';
import { bucketsOf } from './served-storage.ts';
import { Stores } from './stores.ts';

const ANN = user('u1');
const objects = await startStrictStore();
afterAll(() => objects[Symbol.asyncDispose]());
const { model } = readProject([
  {
    path: 'config/storage.yaml',
    content: `
buckets:
  main: { bucket: assets, region: eu-central-1, endpoint: "http://127.0.0.1:1", forcePathStyle: true }
  there: { bucket: ${objects.bucket}, region: ${objects.region}, endpoint: "${objects.endpoint}", forcePathStyle: true }
policies:
  main:
    "own/{userId}/**":
      upload: { roles: [authenticated], condition: path.userId == request.auth.sub, maxSize: 5MB, allowedTypes: ["image/*"] }
      download: { roles: [authenticated], condition: path.userId == request.auth.sub }
      delete: { roles: [authenticated], condition: path.userId == request.auth.sub }
  there:
    "own/{userId}/**":
      upload: { roles: [authenticated], condition: path.userId == request.auth.sub, maxSize: 5MB, allowedTypes: ["image/*"] }
`,
  },
]);
const buckets = bucketsOf(compileStorage(model.storage, model).storage);
const stores = new Stores();
stores.update({
  connections: [],
  storage: [
    { bucket: 'main', accessKeyId: 'id', secretAccessKey: 'planted-secret', version: 1 },
    { bucket: 'there', ...objects.credentials, version: 1 },
  ],
});
stores.useKey(Buffer.alloc(32, 1).toString('base64'));

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
const segment = fc.oneof(text, fc.constantFrom('own', 'u1', 'u2', '..', '.', '', '%2e%2e', '\\', '\u202e', '*', '{x}'));
const key = fc.oneof(
  fc.array(segment, { maxLength: 6 }).map((parts) => parts.join('/')),
  fc.array(segment, { maxLength: 4 }).map((parts) => ['own', 'u1', ...parts].join('/')),
);
const size = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(2 ** 53, -0, 5 * 1_024 ** 4 + 1));
const type = fc.oneof(text, fc.constantFrom('image/png', 'image/png\r\nx-amz-acl: public-read', 'IMAGE/PNG; a=b'));
const any = fc.jsonValue() as fc.Arbitrary<Json>;
const wellFormed: fc.Arbitrary<Json> = fc.record(
  {
    key: fc.oneof({ weight: 4, arbitrary: key as fc.Arbitrary<Json> }, { weight: 1, arbitrary: any }),
    contentType: fc.oneof(type as fc.Arbitrary<Json>, any),
    contentLength: fc.oneof(size as fc.Arbitrary<Json>, any),
    uploadId: fc.oneof(text as fc.Arbitrary<Json>, any),
    partNumber: fc.oneof(size as fc.Arbitrary<Json>, any),
    parts: any,
  },
  { requiredKeys: ['key'] },
);

async function outcomeOf(call: string, params: Json, bucket = 'main'): Promise<{ code: string; text: string }> {
  try {
    const path = `storage/${bucket}/${call}`;
    const answer = await callStorage({ buckets, stores, principal: ANN, path, params, env: 'dev', nowMs: 1_000 });
    return { code: 'DONE', text: JSON.stringify(answer) };
  } catch (thrown) {
    if (!(thrown instanceof StkError)) throw thrown;
    return { code: thrown.code, text: `${thrown.message}${JSON.stringify(thrown.details ?? null)}` };
  }
}

// Those that ask the store itself would only ask whether nobody answers there.
const SIGNED = STORAGE_CALLS.filter((call) => call !== 'delete' && call !== 'multipart_create');

it('whatever is asked is signed for the caller alone, or refused as the caller did it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...SIGNED), fc.oneof(wellFormed, any), async (call, params) => {
      const { code, text: said } = await outcomeOf(call, params);
      expect(['DONE', 'BAD_REQUEST', 'FORBIDDEN']).toContain(code);
      expect(said).not.toContain('planted-secret');
      if (code !== 'DONE') return;
      const { pathname, search } = new URL((JSON.parse(said) as { url: string }).url);
      expect(pathname).toMatch(/^\/assets\/own\/u1(?:\/|$)/);
      expect(pathname.split('/')).not.toContain('..');
      expect(search).toMatch(/X-Amz-Expires=3600.*X-Amz-Signature=[0-9a-f]{64}/);
    }),
    { numRuns: 3_000 },
  );
});

const createRequest = fc.record({
  key: fc.oneof(
    key,
    fc.string({ unit: 'grapheme-ascii' }).map((name) => `own/u1/${name}`),
  ),
  contentType: fc.oneof({ weight: 4, arbitrary: fc.constant('image/png') }, { weight: 1, arbitrary: type }),
  contentLength: fc.oneof(fc.integer({ min: 1, max: 6 * 1_024 ** 2 }), size),
});

it('whatever is to be uploaded in parts is begun for the caller alone, within the policy, and for that key only', async () => {
  let begun = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof({ weight: 4, arbitrary: createRequest }, { weight: 1, arbitrary: any }),
      async (params) => {
        const { code, text: said } = await outcomeOf('multipart_create', params as Json, 'there');
        expect(['DONE', 'BAD_REQUEST', 'FORBIDDEN']).toContain(code);
        expect(said).not.toContain(objects.endpoint);
        if (code !== 'DONE') return;
        begun++;
        const given = params as { key: string; contentType: string; contentLength: number };
        expect(given.key).toMatch(/^own\/u1(?:\/|$)/);
        expect(given.contentType.toLowerCase()).toMatch(/^image\//);
        expect(given.contentLength).toBeLessThanOrEqual(5 * 1_024 ** 2);
        const { uploadId } = JSON.parse(said) as { uploadId: string };
        const part = { uploadId, partNumber: 1, contentLength: given.contentLength };
        expect((await outcomeOf('multipart_sign_part', { ...part, key: given.key }, 'there')).code).toBe('DONE');
        expect((await outcomeOf('multipart_sign_part', { ...part, key: 'own/u1/-other-' }, 'there')).code).toBe(
          'BAD_REQUEST',
        );
      },
    ),
    { numRuns: 400 },
  );
  expect(begun).toBeGreaterThan(20);
}, 30_000);

it('no key but of the caller reaches the store', async () => {
  await fc.assert(
    fc.asyncProperty(key, async (key) => {
      const { code } = await outcomeOf('delete', { key });
      const isOwn = key === 'own/u1' || key.startsWith('own/u1/');
      // It is the store that cannot be reached, and only for what may be asked of it.
      expect(isOwn ? ['BAD_REQUEST', 'SERVICE_UNAVAILABLE'] : ['BAD_REQUEST', 'FORBIDDEN']).toContain(code);
    }),
    { numRuns: 150 },
  );
}, 30_000);
