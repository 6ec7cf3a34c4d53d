import type { Json } from '@santokit/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVERYTHING, type ServedBlog, serveBlog, user } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
});
beforeEach(async () => {
  blog.serve(EVERYTHING);
  await blog.database.sql.unsafe(`
    truncate users, posts, comments, samples;
    insert into users values ('u1', 'Ann', 'ann@x.org', '+49123456'), ('u2', 'Bob', 'bob@x.org', null);
    insert into posts (id, author_id, title, status, likes, note) values
      ('p1', 'u1', 'One', 'published', 3, null), ('p2', 'u1', 'Two', 'draft', 0, 'n'),
      ('p3', 'u2', 'Three', 'published', 7, null), ('p4', 'u2', 'Four', 'draft', 7, 'n');
  `);
});
afterAll(() => blog.close());

async function select(params: object): Promise<Record<string, Json>[]> {
  return (await blog.json('db/posts/select', params as Json)).data;
}

describe('distinct', () => {
  it.each<[object, Record<string, Json>[]]>([
    [{ select: ['status'], distinct: ['status'] }, [{ status: 'published' }, { status: 'draft' }]],
    [
      { select: ['status'], distinct: ['status'], orderBy: { status: 'asc' } },
      [{ status: 'draft' }, { status: 'published' }],
    ],
    [{ select: ['id'], distinct: ['status'], orderBy: { likes: 'desc' } }, [{ id: 'p4' }, { id: 'p3' }]],
    [{ select: ['id'], distinct: ['status'], orderBy: { likes: 'asc' } }, [{ id: 'p2' }, { id: 'p1' }]],
    [
      { select: ['id'], distinct: ['author_id', 'status', 'status'] },
      [{ id: 'p1' }, { id: 'p2' }, { id: 'p3' }, { id: 'p4' }],
    ],
    [{ select: ['note'], distinct: ['note'] }, [{ note: null }, { note: 'n' }]],
    [{ select: ['id'], distinct: ['note'], where: { author_id: 'u2' } }, [{ id: 'p3' }, { id: 'p4' }]],
    [{ select: ['id'], distinct: ['author_id'], limit: 1, offset: 1 }, [{ id: 'p3' }]],
    [
      { select: ['id'], distinct: ['author_id'], expand: { author: { select: ['name'] } }, limit: 1 },
      [{ id: 'p1', author: { name: 'Ann' } }],
    ],
    [{ select: ['id'], distinct: ['author_id'], where: { id: 'p2' } }, [{ id: 'p2' }]],
    [{ select: ['id'], distinct: ['author_id'], where: { author: { name: 'Bob' } } }, [{ id: 'p3' }]],
  ])('%j reads %j', async (params, rows) => {
    expect(await select(params)).toEqual(rows);
  });

  it('is counted and paged as what is left', async () => {
    const params = { select: ['id'], distinct: ['likes'], orderBy: { likes: 'desc' }, limit: 2, count: 'exact' };
    const first = await blog.json('db/posts/select', params);
    expect(first).toEqual({ data: [{ id: 'p4' }, { id: 'p1' }], meta: { count: 3, nextCursor: expect.any(String) } });
    expect(await blog.json('db/posts/select', { ...params, after: first.meta.nextCursor })).toEqual({
      data: [{ id: 'p2' }],
      meta: { count: 3 },
    });
  });

  it('keeps the first row of each combination, whatever the columns and the order', async () => {
    const cell = fc.constantFrom<number | null>(null, 0, 1, 2);
    const name = fc.constantFrom('i', 'b', 'f');
    const direction = fc.constantFrom('asc', 'desc');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 12 }),
        fc.uniqueArray(name, { minLength: 1 }),
        fc.uniqueArray(fc.tuple(name, direction), { maxLength: 2, selector: ([column]) => column }),
        async (rows, distinct, orders) => {
          const values = rows.map((cells, id) => `(${[id, ...cells].map(String).join(',')})`);
          await blog.database.sql.unsafe(
            `truncate samples; insert into samples (id, i, b, f) values ${values.join(',')}`,
          );
          const params = { select: ['id', 'i', 'b', 'f'], orderBy: orders.map(([column, dir]) => ({ [column]: dir })) };
          const all: Record<string, Json>[] = (await blog.json('db/samples/select', params)).data;
          const seen = new Set<string>();
          const firsts = all.filter((row) => {
            const kind = JSON.stringify(distinct.map((column) => row[column]));
            return seen.has(kind) ? false : seen.add(kind);
          });
          expect((await blog.json('db/samples/select', { ...params, distinct })).data).toEqual(firsts);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('tells apart values of every type but json', async () => {
    await blog.database.sql.unsafe(
      `insert into samples (id, s, t, ts, day, u, x, tags, nums, fixed)
       select n, 'a', true, '2024-01-01', '2024-01-01', '00000000-0000-0000-0000-000000000000', '\\x00', '["a"]', '{1}', 'a'
       from generate_series(1, 2) n`,
    );
    for (const column of ['s', 'i', 'b', 'f', 'd', 't', 'ts', 'lts', 'day', 'u', 'x', 'tags', 'nums', 'fixed'])
      expect((await blog.json('db/samples/select', { select: ['id'], distinct: [column] })).data).toEqual([{ id: 1 }]);
  });

  it.each([
    ['posts', { distinct: [] }, 'BAD_REQUEST distinct must be a list of columns'],
    ['posts', { distinct: 'status' }, 'BAD_REQUEST distinct must be a list of columns'],
    ['posts', { distinct: true }, 'BAD_REQUEST distinct must be a list of columns'],
    ['posts', { distinct: [{}] }, 'BAD_REQUEST distinct must be a list of columns'],
    ['posts', { distinct: ['nope'] }, 'BAD_REQUEST Unknown column: "nope"'],
    ['posts', { distinct: ['author'] }, 'BAD_REQUEST Unknown column: "author"'],
    ['samples', { distinct: ['j'] }, 'BAD_REQUEST distinct does not apply to a column of type json'],
    ['users', { expand: { posts: { distinct: ['status'] } } }, 'BAD_REQUEST Unknown param in expand.posts: "distinct"'],
  ])('of %s %j is refused', async (table, params, refusal) => {
    expect(await blog.refusal(`db/${table}/select`, params as Json)).toBe(refusal);
  });
});

describe('distinct under rules', () => {
  const anyone = user('u1');

  it('looks at rows in reach alone', async () => {
    blog.serve({
      posts: {
        select: [
          {
            roles: ['authenticated'],
            condition: {
              kind: 'call',
              operator: '==',
              type: 'bool',
              arguments: [
                { kind: 'column', name: 'author_id', type: 'string', nullable: false },
                { kind: 'request', path: ['auth', 'sub'], type: 'string' },
              ],
            },
          },
        ],
      },
    });
    const params = { select: ['id'], distinct: ['status'], orderBy: { likes: 'desc' }, count: 'exact' };
    expect(await blog.json('db/posts/select', params, anyone)).toEqual({
      data: [{ id: 'p1' }, { id: 'p2' }],
      meta: { count: 2 },
    });
  });

  it('cannot tell hidden or masked values apart', async () => {
    blog.serve({
      users: { select: [{ roles: ['public'], columns: ['id', 'phone'], mask: { phone: 'last4' } }] },
    });
    for (const column of ['phone', 'email'])
      expect(await blog.refusal('db/users/select', { distinct: [column] })).toBe(
        `FORBIDDEN distinct may not use the column "${column}"`,
      );
  });

  it('needs no key that the caller may see', async () => {
    blog.serve({ posts: { select: [{ roles: ['public'], columns: ['status', 'likes'] }] } });
    const params = { distinct: ['status'], orderBy: { status: 'asc', likes: 'desc' } };
    expect(await blog.json('db/posts/select', params)).toEqual({
      data: [
        { status: 'draft', likes: 7 },
        { status: 'published', likes: 7 },
      ],
    });
  });
});
