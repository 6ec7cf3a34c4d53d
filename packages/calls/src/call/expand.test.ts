import type { Expression, Json } from '@santokit/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN, EVERYTHING, type ServedBlog, serveBlog, user } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
  await blog.database.sql.unsafe(`
    insert into users select 'u' || n, 'User ' || n, 'u' || n || '@x.org', null from generate_series(1, 4) n;
    insert into posts (id, author_id, title, status, likes, note)
      select 'p' || lpad(n::text, 2, '0'), 'u' || 1 + n % 4, 'T' || n, case when n % 3 = 0 then 'published' else 'draft' end, n % 2,
        nullif(n % 5, 0)::text from generate_series(1, 12) n;
    insert into comments (id, post_id, author_id, body)
      select n, 'p' || lpad((1 + n % 12)::text, 2, '0'), case when n % 7 > 0 then 'u' || 1 + n % 4 end, 'c' || n % 3
      from generate_series(1, 60) n;
    insert into posts (id, author_id, title) values ('many', 'u4', 'Many');
    insert into comments (id, post_id, body) select 1000 + n, 'many', 'x' from generate_series(1, 1100) n;
  `);
});
beforeEach(() => blog.serve(EVERYTHING));
afterAll(() => blog.close());

type Row = Record<string, Json>;

async function query(text: string): Promise<Row[]> {
  return (await blog.database.sql.unsafe(text)) as unknown as Row[];
}

async function select(path: string, params: object, as = ADMIN): Promise<Row[]> {
  return (await blog.json(path, params as Json, as)).data;
}

async function commentsOf(post: string, comments: Json): Promise<Row[]> {
  const rows = await select('db/posts/select', { select: ['id'], where: { id: post }, expand: { comments } });
  return rows.flatMap((row) => row.comments as Row[]);
}

describe('an expansion', () => {
  it('of three levels is what PostgreSQL makes of the same joins: one, many, one', async () => {
    const found = await select('db/comments/select', {
      select: ['id'],
      where: { id: { $lte: '60' } },
      orderBy: { id: 'desc' },
      limit: 25,
      expand: {
        post: {
          select: ['title'],
          expand: {
            comments: {
              select: ['id', 'body'],
              where: { body: { $ne: 'c0' } },
              orderBy: { body: 'desc', id: 'asc' },
              limit: 2,
              expand: { author: { select: ['name'] } },
            },
          },
        },
      },
    });
    const plain = await query(`
      select c.id::text as id, json_build_object('title', p.title, 'comments', (
        select coalesce(json_agg(json_build_object('id', x.id::text, 'body', x.body, 'author',
            case when x.author_id is not null then json_build_object('name', x.name) end)), '[]')
        from (select o.id, o.body, o.author_id, u.name from comments o left join users u on u.id = o.author_id
              where o.post_id = p.id and o.body <> 'c0' order by o.body desc, o.id asc limit 2) x)) as post
      from comments c join posts p on p.id = c.post_id where c.id <= 60 order by c.id desc limit 25`);
    expect(found).toEqual(plain);
  });

  it('of three levels is what PostgreSQL makes of the same joins: many, many, one', async () => {
    const found = await select('db/users/select', {
      select: ['id'],
      orderBy: { id: 'asc' },
      expand: {
        posts: {
          select: ['id'],
          where: { id: { $ne: 'many' } },
          orderBy: { likes: 'desc' },
          limit: 2,
          expand: { comments: { select: ['id'], orderBy: { body: 'asc' }, limit: 3, expand: ['author'] } },
        },
      },
    });
    const plain = await query(`
      select u.id, (
        select coalesce(json_agg(json_build_object('id', p.id, 'comments', (
          select coalesce(json_agg(json_build_object('id', c.id::text, 'author', case when c.author_id is not null then
              json_build_object('id', c.author_id, 'name', c.name, 'email', c.email, 'phone', c.phone) end)), '[]')
          from (select o.id, o.author_id, a.name, a.email, a.phone from comments o left join users a on a.id = o.author_id
                where o.post_id = p.id order by o.body asc, o.id asc limit 3) c))), '[]')
        from (select id from posts where author_id = u.id and id <> 'many' order by likes desc, id desc limit 2) p) as posts
      from users u order by u.id`);
    expect(found).toEqual(plain);
  });

  it('lists related rows in the order of their key where the call leaves them level', async () => {
    const ids = async (order: object) =>
      (await commentsOf('many', { select: ['id'], limit: 5, where: { body: 'x' }, ...order })).map(({ id }) => id);
    expect(await ids({})).toEqual(['1001', '1002', '1003', '1004', '1005']);
    expect(await ids({ orderBy: { body: 'asc' } })).toEqual(['1001', '1002', '1003', '1004', '1005']);
    expect(await ids({ orderBy: { body: 'desc' } })).toEqual(['2100', '2099', '2098', '2097', '2096']);
  });

  it('lists 100 related rows by default, and 1,000 at most', async () => {
    const length = async (comments: Json) => (await commentsOf('many', comments)).length;
    expect(await length(true)).toBe(100);
    expect(await length({ limit: 1_000 })).toBe(1_000);
    expect(await length({ limit: 0 })).toBe(0);
    expect(await blog.refusal('db/posts/select', { expand: { comments: { limit: 1_001 } } })).toBe(
      'BAD_REQUEST limit in expand.comments must be at most 1000',
    );
    expect(
      await blog.refusal('db/users/select', { expand: { posts: { expand: { comments: { limit: 1_001 } } } } }),
    ).toBe('BAD_REQUEST limit in expand.posts.comments must be at most 1000');
  });

  it.each<[Json]>([
    [['post.author.posts.comments']],
    [{ post: { expand: { author: { expand: { posts: { expand: { comments: true } } } } } } }],
    [{ 'post.author': { expand: ['posts.comments'] } }],
  ])('of four levels %j is refused with the limit', async (expand) => {
    expect(await blog.refusal('db/comments/select', { expand })).toBe(
      'BAD_REQUEST expand goes at most 3 levels deep: "post.author.posts.comments"',
    );
  });

  it('has the same rows under every page of what it belongs to', async () => {
    const params = { select: ['id'], expand: { comments: { select: ['id'], limit: 1 } }, limit: 5 };
    const whole = await select('db/posts/select', { ...params, limit: 100 });
    const found: Row[] = [];
    let after: Json | undefined;
    do {
      const { data, meta } = await blog.json('db/posts/select', after === undefined ? params : { ...params, after });
      found.push(...data);
      after = meta?.nextCursor;
    } while (after !== undefined);
    expect(found).toEqual(whole);
  });
});

describe('expanded rows', () => {
  const equal = (name: string, value: Expression): Expression => ({
    kind: 'call',
    operator: '==',
    arguments: [{ kind: 'column', name, type: 'string', nullable: false }, value],
    type: 'bool',
  });
  const published = equal('status', { kind: 'constant', type: 'string', value: 'published' });
  const own = equal('author_id', { kind: 'request', path: ['auth', 'sub'], type: 'string' });

  it('are those of their own rule at every depth', async () => {
    blog.serve({
      users: { select: [{ roles: ['public'] }] },
      posts: { select: [{ roles: ['public'], condition: published, columns: ['id', 'title', 'author_id'], limit: 2 }] },
      comments: { select: [{ roles: ['public'], condition: own, columns: ['id', 'body'], mask: { body: 'hide' } }] },
    });
    const found = await select(
      'db/users/select',
      {
        select: ['id'],
        orderBy: { id: 'asc' },
        expand: { posts: { expand: { comments: { limit: 2, expand: ['post'] } }, limit: 50 } },
      },
      user('u2'),
    );
    const plain = await query(`
      select u.id, (
        select coalesce(json_agg(json_build_object('id', p.id, 'author_id', u.id, 'title', p.title, 'comments', (
          select coalesce(json_agg(json_build_object('id', c.id::text, 'body', null, 'post',
            json_build_object('id', p.id, 'author_id', u.id, 'title', p.title))), '[]')
          from (select id from comments where post_id = p.id and author_id = 'u2' order by id limit 2) c))), '[]')
        from (select * from posts where author_id = u.id and status = 'published' order by id limit 2) p) as posts
      from users u order by u.id`);
    expect(found).toEqual(plain);
    expect(JSON.stringify(found)).toContain('"body":null');
  });

  it('are in no order of a key that their rule hides', async () => {
    blog.serve({ ...EVERYTHING, comments: { select: [{ roles: ['admin'], columns: ['body'] }] } });
    const bodies = (await commentsOf('p01', { orderBy: { body: 'desc' } })).map(({ body }) => String(body));
    expect(bodies).toEqual(bodies.toSorted().toReversed());
    const forbidden = { expand: { comments: { orderBy: { id: 'asc' } } } };
    expect(await blog.refusal('db/posts/select', forbidden as Json)).toMatch(/^FORBIDDEN/);
  });
});
