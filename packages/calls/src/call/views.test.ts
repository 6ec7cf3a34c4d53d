import type { Json } from '@santokit/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { user } from './testing/served-blog.ts';
import { type ServedViews, serveViews } from './testing/served-views.ts';

let served: ServedViews;
const json: ServedViews['json'] = (...args) => served.json(...args);
beforeAll(async () => {
  served = await serveViews();
});
afterAll(() => served.close());

const TOTALS = [
  { author_id: 'u1', posts: '2', likes: '6' },
  { author_id: 'u2', posts: '1', likes: '5' },
];

describe('a view without a key', () => {
  it.each<[string, Json, unknown]>([
    ['select', { orderBy: { posts: 'desc' } }, TOTALS],
    [
      'select',
      { where: { author_id: 'u2' }, expand: ['author'] },
      [{ ...TOTALS[1], author: { id: 'u2', name: 'Bob', best: 'none' } }],
    ],
    ['select', { where: { author: { name: 'Ann' } }, select: ['likes'] }, [{ likes: '6' }]],
    ['select', { select: ['posts'], orderBy: { posts: 'asc' }, limit: 1, offset: 1 }, [{ posts: '2' }]],
    ['count', { where: { posts: { $gt: '1' } } }, { count: 1 }],
    ['aggregate', { aggregate: { all: { $sum: 'posts' } } }, [{ all: '3' }]],
  ])('answers %s %j', async (operation, params, data) => {
    expect((await json(`db/totals/${operation}`, params)).data).toEqual(data);
  });

  it('has no pages', async () => {
    expect(await json('db/totals/select', { limit: 1, orderBy: { posts: 'asc' }, count: 'exact' })).toEqual({
      data: [TOTALS[1]],
      meta: { count: 2 },
    });
    const { meta } = await json('db/users/select', { limit: 1 });
    await expect(json('db/totals/select', { after: meta?.nextCursor ?? '' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining('view without a key'),
    });
  });

  it('answers distinct rows in any order, counted and with what they lead to', async () => {
    const params = { distinct: ['id'], select: ['id'], orderBy: { id: 'desc' }, count: 'exact', limit: 1 };
    expect(await json('db/twins/select', params)).toMatchObject({ data: [{ id: 'u2' }], meta: { count: 2 } });
    expect((await json('db/totals/select', { distinct: ['likes'], orderBy: { likes: 'asc' } })).data).toEqual([
      TOTALS[1],
      TOTALS[0],
    ]);
    const led = {
      distinct: ['posts'],
      orderBy: { posts: 'asc' },
      select: ['posts'],
      expand: { author: { select: ['name'] } },
    };
    expect((await json('db/totals/select', led)).data).toEqual([
      { posts: '1', author: { name: 'Bob' } },
      { posts: '2', author: { name: 'Ann' } },
    ]);
  });
});

describe('a view with a key', () => {
  it('is paged', async () => {
    const seen: Json[] = [];
    let after: Json | undefined;
    do {
      const params = {
        select: ['post_id'],
        orderBy: { place: 'asc' },
        limit: 1,
        ...(after === undefined ? {} : { after }),
      };
      const { data, meta } = await json('db/ranks/select', params);
      seen.push(data);
      after = meta?.nextCursor;
    } while (after !== undefined);
    expect(seen).toEqual([[{ post_id: 'p2' }], [{ post_id: 'p3' }], [{ post_id: 'p1' }]]);
  });

  it('adds no row to what it is expanded from, even if the key is none', async () => {
    const { data } = await json('db/users/select', { select: ['id'], expand: ['twin'] });
    expect(data.map(({ id }: { id: string }) => id)).toEqual(['u1', 'u2', 'u3']);
    expect(data[0].twin.id).toBe('u1');
    expect(data[2].twin).toBeNull();
  });

  it('is expanded to, from both sides, and filtered by', async () => {
    const expand = { ranks: { select: ['place'], orderBy: { place: 'asc' } }, rank: { select: ['place'] } };
    expect((await json('db/users/select', { select: ['id'], expand })).data).toEqual([
      { id: 'u1', ranks: [{ place: '1' }, { place: '3' }], rank: { place: '1' } },
      { id: 'u2', ranks: [{ place: '1' }], rank: null },
      { id: 'u3', ranks: [], rank: null },
    ]);
    expect((await json('db/users/select', { select: ['id'], where: { ranks: { place: '3' } } })).data).toEqual([
      { id: 'u1' },
    ]);
    expect((await json('db/ranks/select', { where: { fans: { name: 'Ann' } }, expand: ['fans'] })).data).toMatchObject([
      { post_id: 'p2', fans: [{ id: 'u1' }] },
    ]);
  });
});

describe('rules of a view', () => {
  it('show only the rows and columns that they open', async () => {
    expect((await json('db/totals/select', {}, user('u2'))).data).toEqual([{ author_id: 'u2', posts: '1' }]);
    expect((await json('db/totals/count', {}, user('u2'))).data).toEqual({ count: 1 });
    await expect(json('db/totals/select', { where: { likes: '5' } }, user('u2'))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const { data } = await json('db/users/select', { select: ['id'], expand: { rank: true, ranks: true } }, user('u2'));
    expect(data).toEqual([
      { id: 'u1', rank: { post_id: 'p2' }, ranks: [{ post_id: 'p2' }] },
      { id: 'u2', rank: null, ranks: [{ post_id: 'p3' }] },
      { id: 'u3', rank: null, ranks: [] },
    ]);
  });

  it.each(['insert', 'update', 'delete', 'upsert'])('never let anybody %s', async (operation) => {
    await expect(json(`db/totals/${operation}`, { data: {}, where: {} })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'This is a view: its rows can only be read',
    });
    const stranger = { type: 'api_key', sub: null, roles: [], claims: {} } as const;
    await expect(json(`db/totals/${operation}`, { data: {} }, stranger)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'You may not do this',
    });
  });
});

it('a materialized view that was never filled is no fault of the Bridge', async () => {
  await expect(json('db/later/select', {})).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});
