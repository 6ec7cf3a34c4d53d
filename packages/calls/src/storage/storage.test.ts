import type { CompiledRelease, Json, Principal } from '@santokit/contract';
import { readProject } from '@santokit/project';
import { compileStorage } from '@santokit/storage';
import { type StrictStore, startStrictStore } from '@santokit/storage/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../call/call.ts';
import { prepareRelease } from '../call/served-release.ts';
import { blogRelease } from '../call/testing/blog.ts';
import { user } from '../call/testing/served-blog.ts';
import { Stores } from './stores.ts';

const ANN = user('u1');
const ADMIN: Principal = { type: 'api_key', sub: null, roles: ['admin'], claims: {} };
const MIB = 1_024 ** 2;
let store: StrictStore;
let run: (path: string, params: Json, principal?: Principal) => Promise<Record<string, string>>;
let stores: Stores;

beforeAll(async () => {
  store = await startStrictStore();
  stores = new Stores();
  stores.update({ connections: [], storage: [{ bucket: 'main', ...store.credentials, version: 1 }] });
  stores.useKey(Buffer.alloc(32, 1).toString('base64'));
  run = serve(`
buckets:
  main: { provider: s3, bucket: ${store.bucket}, region: ${store.region}, endpoint: "${store.endpoint}", forcePathStyle: true }
  bare: { provider: s3, bucket: bare, region: eu-central-1 }
policies:
  main:
    "avatars/{userId}/*":
      upload:
        - roles: [authenticated]
          condition: path.userId == request.auth.sub
          maxSize: 20MB
          allowedTypes: ["image/jpeg", "image/png", "video/*"]
      download: { roles: [public] }
      delete: [{ roles: [authenticated], condition: path.userId == request.auth.sub }]
    "avatars/{userId}/private":
      download: [{ roles: [authenticated], condition: path.userId == request.auth.sub }]
    "free/**":
      upload: { roles: [authenticated] }
  bare:
    "**": { download: { roles: [public] } }
`);
});
afterAll(async () => {
  stores.close();
  await store[Symbol.asyncDispose]();
});

function serve(yaml: string) {
  const { model } = readProject([{ path: 'config/storage.yaml', content: yaml }]);
  const { storage, problems } = compileStorage(model.storage, model);
  expect(problems).toEqual([]);
  const release: CompiledRelease = { ...blogRelease({}), ...(storage === undefined ? {} : { storage }) };
  const served = prepareRelease({ releaseId: 'rel_1', contentHash: 'x', release });
  return async (path: string, params: Json, principal: Principal = ANN) => {
    const request = { served, databases: new Map(), stores, principal, path, params, env: 'dev', nowMs: Date.now() };
    return JSON.parse((await call(request)).body.toString()).data;
  };
}

const PNG = { key: 'avatars/u1/me.png', contentType: 'image/png', contentLength: 4 };

describe('an object', () => {
  it('is uploaded, downloaded and deleted by those whom its policy lets', async () => {
    const { url = '', method, headers, expiresAt = '' } = await run('storage/main/upload_sign', PNG);
    expect([method, headers]).toEqual(['PUT', { 'Content-Type': 'image/png', 'Content-Length': '4' }]);
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 3_500_000);
    expect((await fetch(url, { method: 'PUT', body: 'PNG!', headers: { 'content-type': 'image/png' } })).status).toBe(
      200,
    );
    const download = await run('storage/main/download_sign', { key: PNG.key }, ADMIN);
    expect([download.method, await (await fetch(download.url ?? '')).text()]).toEqual(['GET', 'PNG!']);
    expect(await run('storage/main/delete', { key: PNG.key })).toEqual({});
    expect((await fetch(download.url ?? '')).status).toBe(404);
  });

  it.each<[string, string, Json, Principal]>([
    ['of another user', 'upload_sign', { ...PNG, key: 'avatars/u2/me.png' }, ANN],
    ['by a role without a rule', 'upload_sign', PNG, ADMIN],
    ['that no pattern matches', 'upload_sign', { ...PNG, key: 'other/x.png' }, ANN],
    ['by an operation without rules', 'download_sign', { key: 'free/x' }, ANN],
    ['of another user, to delete', 'delete', { key: 'avatars/u2/me.png' }, ANN],
    ['whose more specific pattern says no', 'download_sign', { key: 'avatars/u2/private' }, ANN],
  ])('%s is refused', async (_, name, params, principal) => {
    await expect(run(`storage/main/${name}`, params, principal)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it.each<[string, Json, RegExp]>([
    ['upload_sign', { ...PNG, key: 'avatars/u1/../x' }, /The key has "\.\."/],
    ['upload_sign', { key: PNG.key, contentLength: 4 }, /Missing required param: contentType/],
    ['upload_sign', { key: PNG.key, contentType: 'image/png' }, /Missing required param: contentLength/],
    ['upload_sign', { ...PNG, contentLength: '4' }, /Invalid type for param: contentLength/],
    ['upload_sign', { ...PNG, contentLength: 21 * MIB }, /at most 20971520/],
    ['upload_sign', { ...PNG, contentType: 'text/html' }, /must be one of: image\/jpeg, image\/png, video\/\*/],
    ['upload_sign', { ...PNG, contentType: 'image/png\r\nx: y' }, /must be a type such as/],
    ['upload_sign', { ...PNG, more: 1 }, /Unknown param: "more"/],
    ['upload_sign', [], /must be an object/],
    ['download_sign', {}, /Missing required param: key/],
    ['multipart_sign_part', { key: PNG.key, uploadId: 'x.y', partNumber: 1, contentLength: 1 }, /not of an upload/],
  ])('is refused in words: %s %j', async (name, params, words) => {
    const failure = run(`storage/main/${name}`, params);
    await expect(failure).rejects.toThrow(words);
    await expect(failure).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('of an unknown bucket or call is not found', async () => {
    for (const path of ['storage/none/delete', 'storage/main/list', 'storage/main', 'storage/main/delete/x'])
      await expect(run(path, { key: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('of a bucket without credentials is unavailable', async () => {
    const failure = run('storage/bare/download_sign', { key: 'x' });
    await expect(failure).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('of any type and size is uploaded where no rule limits them, with the type signed all the same', async () => {
    const { url = '' } = await run('storage/main/upload_sign', {
      key: 'free/a',
      contentType: 'text/plain; charset=utf-8',
    });
    const put = (type: string) => fetch(url, { method: 'PUT', body: 'any', headers: { 'content-type': type } });
    expect((await put('text/html')).status).toBe(403);
    expect((await put('text/plain; charset=utf-8')).status).toBe(200);
  });
});

describe('an upload in parts', () => {
  const key = 'avatars/u1/film';
  const create = () =>
    run('storage/main/multipart_create', { key, contentType: 'video/mp4', contentLength: 9 * MIB }) as Promise<
      Record<string, unknown>
    >;

  it('is signed part by part, resumed, and completed', async () => {
    const { uploadId = '', partSize } = (await create()) as Record<string, Json>;
    expect(partSize).toBe(8 * MIB);
    const upload = async (partNumber: number, contentLength: number) => {
      const { url = '', method } = await run('storage/main/multipart_sign_part', {
        key,
        uploadId,
        partNumber,
        contentLength,
      });
      const response = await fetch(url, { method: method ?? '', body: 'x'.repeat(contentLength) });
      return { partNumber, etag: response.headers.get('etag') ?? '' };
    };
    const last = await upload(2, MIB);
    await upload(1, 8 * MIB);
    const parts = [await upload(1, 8 * MIB), last];
    await expect(run('storage/main/multipart_complete', { key, uploadId, parts: [last] })).rejects.toThrow(
      'must name each of the 2 parts once',
    );
    expect(await run('storage/main/multipart_complete', { key, uploadId, parts })).toEqual({});
    const { url = '' } = await run('storage/main/download_sign', { key });
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(9 * MIB);
    await expect(run('storage/main/multipart_complete', { key, uploadId, parts })).rejects.toThrow('no such upload');
  });

  it('takes no part of another size, no id of another key, and ends when it is aborted', async () => {
    const { uploadId = '' } = (await create()) as Record<string, Json>;
    const part = { key, uploadId, partNumber: 2, contentLength: 2 * MIB };
    await expect(run('storage/main/multipart_sign_part', part)).rejects.toThrow('of part 2 must be 1048576');
    const other = { ...part, key: 'avatars/u1/other', contentLength: MIB };
    await expect(run('storage/main/multipart_sign_part', other)).rejects.toThrow('not of an upload of this key');
    expect(await run('storage/main/multipart_abort', { key, uploadId })).toEqual({});
    await expect(run('storage/main/multipart_abort', { key, uploadId })).rejects.toThrow('no such upload');
  });
});
