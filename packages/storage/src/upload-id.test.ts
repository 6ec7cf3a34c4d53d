import { expect, it } from 'vitest';
import { partCountOf, partSizeOf } from './part-sizes.ts';
import { uploadIdOf, uploadOf } from './upload-id.ts';

const secret = new Uint8Array(32).fill(7);
const upload = { storeUploadId: 'abc', contentLength: 20_000_000, partSize: 8_388_608 };
const object = { bucket: 'main', key: 'a/b' };

it('an upload id gives its upload back, for its own object alone', () => {
  const id = uploadIdOf(upload, object, secret);
  expect(uploadOf(id, object, secret)).toEqual(upload);
  const refused = /not of an upload of this key/;
  expect(() => uploadOf(id, { ...object, key: 'a/c' }, secret)).toThrow(refused);
  expect(() => uploadOf(id, { ...object, bucket: 'other' }, secret)).toThrow(refused);
  expect(() => uploadOf(id, object, new Uint8Array(32))).toThrow(refused);
  expect(() => uploadOf(`${id.slice(0, -2)}AA`, object, secret)).toThrow(refused);
  expect(() => uploadOf('made.up', object, secret)).toThrow(refused);
  expect(() => uploadOf(7, object, secret)).toThrow('Invalid type for param: uploadId');
});

it('parts hold every size that a store takes in at most 10,000 of them', () => {
  for (const contentLength of [1, 8_388_608, 8_388_609, 100 * 1_024 ** 3, 5 * 1_024 ** 4]) {
    const partSize = partSizeOf(contentLength);
    const count = partCountOf({ contentLength, partSize });
    expect(count).toBeLessThanOrEqual(10_000);
    expect((count - 1) * partSize).toBeLessThan(contentLength);
    expect(count * partSize).toBeGreaterThanOrEqual(contentLength);
  }
});
