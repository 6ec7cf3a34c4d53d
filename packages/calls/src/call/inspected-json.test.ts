import type { Json } from '@santokit/contract';
import { JsonInspection } from '@santokit/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedBlog, serveBlog } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
});
afterAll(() => blog.close());

/** Puts another item at the end of a list that was looked at already: whoever looks at it again sees that one. */
async function refusalOf(path: string, params: Json, list: Json[], last: Json): Promise<string> {
  const inspection = new JsonInspection({ path, params });
  while (inspection.step());
  list[list.length - 1] = last;
  return await blog.refusal(path, params);
}

const WRITES: [string, (value: Json) => Json][] = [
  ['db/samples/insert', (j) => ({ data: { id: 1, j } })],
  [
    'db/samples/insert',
    (j) => ({
      data: [
        { id: 2, j: 1 },
        { id: 3, j },
      ],
    }),
  ],
  ['db/samples/update', (j) => ({ where: { id: 3 }, data: { j } })],
];

describe('a json value of a document that was looked at', () => {
  it.each(WRITES)('is not looked at again: %s %#', async (path, paramsOf) => {
    const list: Json[] = Array(2_000).fill([]);
    const answer = await refusalOf(path, paramsOf({ list }), list, Infinity);
    expect(answer.slice(0, 8)).toBe('answered');
  });

  it.each(WRITES)('is refused for what was seen in it: %s %#', async (path, paramsOf) => {
    const list: Json[] = [...Array(2_000).fill([]), 'half \ud800'];
    const refusal = await refusalOf(path, paramsOf({ list }), list, '');
    expect(refusal.slice(0, 100)).toMatch(/^BAD_REQUEST .*j must hold Unicode text without NUL$/);
  });
});
