import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type StrictStore, startStrictStore } from '../testing/strict-store.ts';
import { Store, URL_LIFE_SECONDS } from './store.ts';

let served: StrictStore;
let store: Store;

beforeAll(async () => {
  served = await startStrictStore();
  store = storeWith(served.credentials.secretAccessKey);
});
afterAll(async () => {
  store.close();
  await served[Symbol.asyncDispose]();
});

function storeWith(secretAccessKey: string): Store {
  const { bucket, region, endpoint, credentials } = served;
  return new Store({
    bucket: { provider: 's3', bucket, region, endpoint, forcePathStyle: true },
    credentials: { ...credentials, secretAccessKey },
  });
}

const put = (url: string, body: string, contentType = 'text/plain') =>
  fetch(url, { method: 'PUT', body, headers: { 'content-type': contentType } });

describe('a presigned upload', () => {
  const request = { key: 'a/café & co.txt', contentType: 'text/plain', contentLength: 5 };

  it('stores what was signed, and a presigned download gives it back, in parts too', async () => {
    const { url } = await store.signPut(request);
    expect((await put(url, 'hello')).status).toBe(200);
    const download = await store.signGet(request.key);
    expect(await (await fetch(download.url)).text()).toBe('hello');
    const range = await fetch(download.url, { headers: { range: 'bytes=1-3' } });
    expect([range.status, await range.text()]).toEqual([206, 'ell']);
  });

  it.each([
    ['of another size', (url: string) => put(url, 'hello!')],
    ['of another type', (url: string) => put(url, 'hello', 'text/html')],
    ['to another key', (url: string) => put(url.replace('co.txt', 'no.txt'), 'hello')],
    ['with a changed signature', (url: string) => put(url.replace(/(Signature=)./, '$1x'), 'hello')],
    ['with a longer life', (url: string) => put(url.replace('X-Amz-Expires=3600', 'X-Amz-Expires=36000'), 'hello')],
    ['by another method', (url: string) => fetch(url, { method: 'DELETE', headers: { 'content-type': 'text/plain' } })],
  ])('%s is refused by the store', async (_, send) => {
    const { url } = await store.signPut({ ...request, key: 'refused/co.txt' });
    expect((await send(url)).status).toBe(403);
    await expect(store.get('refused/co.txt')).rejects.toThrow('does not answer, or refuses');
  });

  it('is refused by the store when it has expired, and not before', async () => {
    for (const [ageSeconds, status] of [
      [URL_LIFE_SECONDS - 60, 200],
      [URL_LIFE_SECONDS + 60, 403],
    ] as const) {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - ageSeconds * 1_000 });
      const { url } = await store.signPut({ ...request, key: `aged/${ageSeconds}` }).finally(() => vi.useRealTimers());
      expect((await put(url, 'hello')).status).toBe(status);
    }
  });

  it('with a secret that is not the bucket’s is refused by the store', async () => {
    const other = storeWith('another');
    const { url } = await other.signPut(request);
    expect((await put(url, 'hello')).status).toBe(403);
    await expect(other.delete('x')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    other.close();
  });
});

describe('an upload in parts', () => {
  it('is resumed part by part, and is whole when it is completed', async () => {
    const key = 'big/file.bin';
    const storeUploadId = await store.createUpload(key, 'application/octet-stream');
    const upload = async (partNumber: number, body: string) => {
      const { url } = await store.signPart({ key, storeUploadId, partNumber, contentLength: body.length });
      const response = await fetch(url, { method: 'PUT', body });
      return { partNumber, status: response.status, etag: response.headers.get('etag') ?? '' };
    };
    const first = 'a'.repeat(5 * 1024 ** 2);
    await upload(1, 'b'.repeat(first.length));
    const parts = [await upload(1, first), await upload(2, 'end')];
    await store.completeUpload({ key, storeUploadId, parts });
    const whole = await store.get(key);
    expect(whole === `${first}end`).toBe(true);
  });

  it('refuses a part of another size, and ends when it is aborted', async () => {
    const key = 'big/aborted.bin';
    const storeUploadId = await store.createUpload(key, 'text/plain');
    const { url } = await store.signPart({ key, storeUploadId, partNumber: 1, contentLength: 3 });
    expect((await fetch(url, { method: 'PUT', body: 'four' })).status).toBe(403);
    await store.abortUpload(key, storeUploadId);
    await expect(
      store.completeUpload({ key, storeUploadId, parts: [{ partNumber: 1, etag: '"x"' }] }),
    ).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });
});

it('a request that is part of a trace says so to the store, beside what is signed, and the next says nothing', async () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const before = served.received.length;
  await store.delete('traced', traceparent);
  await store.delete('untraced');
  const [traced, untraced] = served.received.slice(before);
  expect(traced?.traceparent).toBe(traceparent);
  expect(traced?.authorization).not.toContain('traceparent');
  expect(untraced).not.toHaveProperty('traceparent');
});

it('a store that does not answer is unavailable, and not for ever', async () => {
  served.pause(true);
  const impatient = new Store(
    {
      bucket: {
        provider: 's3',
        bucket: 'assets',
        region: 'eu-central-1',
        endpoint: served.endpoint,
        forcePathStyle: true,
      },
      credentials: served.credentials,
    },
    { requestTimeoutMs: 200 },
  );
  await expect(impatient.delete('x')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  impatient.close();
  served.pause(false);
});
