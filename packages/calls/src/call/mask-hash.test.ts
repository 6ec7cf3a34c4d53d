import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareRelease } from './served-release.ts';
import { blogRelease } from './testing/blog.ts';
import { EVERYTHING, type ServedBlog, serveBlog, valueHash } from './testing/served-blog.ts';

const HASHED = { email: 'hash', phone: 'hash' } as const;
const SAMPLE_COLUMNS = ['s', 'i', 'b', 'f', 'd', 't', 'j', 'ts', 'day', 'u', 'x', 'tags', 'nums'];
let blog: ServedBlog;

beforeAll(async () => {
  blog = await serveBlog();
  await blog.database.sql.unsafe(`
    insert into users values ('u1', 'Ann', 'ann@x.org', '1'), ('u2', 'Ann', 'ben@x.org', '1'), ('u3', 'Cid', 'cid@x.org', null);
    insert into posts (id, author_id, title) values ('p1', 'u1', 'One'), ('p2', 'u1', 'Two');
    insert into comments (post_id, author_id, body) values ('p1', 'u1', 'Oh');
    insert into samples values (1, 'a', 2, 3, 1.5, 4.50, true, '{"k": 1}', '2026-01-02T03:04:05Z', null, '2026-01-02',
      '00000000-0000-4000-8000-000000000000', '\\x0102', '["x"]', '{1,2}', null);
  `);
  const rule = { roles: ['admin'] };
  blog.serve({
    ...EVERYTHING,
    users: { select: [{ ...rule, mask: HASHED }], insert: [rule], update: [rule] },
    samples: { select: [{ ...rule, mask: Object.fromEntries(SAMPLE_COLUMNS.map((name) => [name, 'hash'])) }] },
  });
});
afterAll(() => blog.close());

describe('a column that a rule masks by hash', () => {
  it('shows the keyed hash of its value, the same for the same value, and null for none', async () => {
    const { data } = await blog.json('db/users/select', { orderBy: { id: 'asc' } });
    expect(data).toEqual([
      { id: 'u1', name: 'Ann', email: valueHash('ann@x.org'), phone: valueHash('1') },
      { id: 'u2', name: 'Ann', email: valueHash('ben@x.org'), phone: valueHash('1') },
      { id: 'u3', name: 'Cid', email: valueHash('cid@x.org'), phone: null },
    ]);
    expect(data[0].email).toMatch(/^[\w-]{43}$/);
  });

  it('shows the same hash wherever the value stands', async () => {
    const { data } = await blog.json('db/posts/select', {
      where: { id: 'p1' },
      expand: { author: true, comments: { expand: ['author'] } },
    });
    const hash = valueHash('ann@x.org');
    expect([data[0].author.email, data[0].comments[0].author.email]).toEqual([hash, hash]);
    const created = { data: { name: 'Dot', email: 'dot@x.org' } };
    expect((await blog.json('db/users/insert', created)).data.email).toBe(valueHash('dot@x.org'));
    const changed = { where: { name: 'Dot' }, data: { email: 'd@x.org' }, returning: ['email'] };
    expect((await blog.json('db/users/update', changed)).data[0].email).toBe(valueHash('d@x.org'));
  });

  it('may be of any type, and shows a text that says nothing of it', async () => {
    const { data } = await blog.json('db/samples/select', { select: SAMPLE_COLUMNS });
    for (const name of SAMPLE_COLUMNS)
      expect([name, data[0][name]]).toEqual([name, expect.stringMatching(/^[\w-]{43}$/)]);
    expect(new Set(Object.values(data[0])).size).toBe(SAMPLE_COLUMNS.length);
    expect([data[0].i, data[0].t, data[0].d]).toEqual([valueHash('2'), valueHash('true'), valueHash('4.50')]);
  });

  it.each([
    ['where', { where: { email: 'ann@x.org' } }],
    ['where by its hash', { where: { email: valueHash('ann@x.org') } }],
    ['orderBy', { orderBy: { email: 'asc' } }],
  ])('cannot be probed by %s', async (_, params) => {
    expect(await blog.refusal('db/users/select', params)).toMatch(/^FORBIDDEN /);
  });
});

it('a release that masks by hash is refused where there is no key to hash with', () => {
  const release = blogRelease({ users: { select: [{ roles: ['admin'], mask: HASHED }] } });
  const prepare = () => prepareRelease({ releaseId: 'r', contentHash: 'h', release });
  expect(prepare).toThrow(/users\/select cannot be compiled: it masks by hash, and the Hub gave no key/);
});
