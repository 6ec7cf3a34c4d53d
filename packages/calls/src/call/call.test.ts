import { DEFAULT_LIMITS, type Limits } from '@santokit/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './call.ts';
import { prepareRelease } from './served-release.ts';
import { BLOG_SCHEMA, blogRelease } from './testing/blog.ts';
import { ADMIN, EVERYTHING, type ServedBlog, serveBlog } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
  await blog.database.sql.unsafe(`
    insert into users values ('u1', 'Ann', 'ann@x.org', null);
    insert into posts (id, author_id, title, note) select 'p' || n, 'u1', 'Title', repeat('é', 400) from generate_series(1, 50) n;
    create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(20); return new; end $$;
    create trigger slow before update on users for each row execute function slow();
  `);
});
afterAll(() => blog.close());

function callWith(
  limits: Partial<Limits>,
  path: string,
  params: object,
  options: { signal?: AbortSignal; connected?: boolean } = {},
) {
  const { signal, connected = true } = options;
  const served = prepareRelease(
    { releaseId: 'r', contentHash: 'h', release: blogRelease(EVERYTHING) },
    { ...DEFAULT_LIMITS, ...limits },
  );
  const databases = new Map(connected ? [['main', blog.database]] : []);
  const request = { served, databases, principal: ADMIN, path, params: params as never, env: 'dev', nowMs: 0 };
  return call(signal === undefined ? request : { ...request, signal });
}

describe('a call', () => {
  it('answers with finished JSON, and says what it was about', async () => {
    const { body, ...rest } = await callWith({}, 'db/posts/select', { select: ['id'], where: { id: 'p1' } });
    expect(String(body)).toBe('{"data":[{"id":"p1"}]}');
    expect(rest).toEqual({ table: 'posts', operation: 'select', planHit: false });
  });

  it('keeps to the ceilings', async () => {
    await expect(callWith({ answerBytes: 20_000 }, 'db/posts/select', {})).rejects.toMatchObject({
      code: 'RESULT_TOO_LARGE',
    });
    await expect(callWith({ rows: 5 }, 'db/posts/select', { limit: 6 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(JSON.parse(String((await callWith({ rows: 5 }, 'db/posts/select', {})).body)).data).toHaveLength(5);
    await expect(callWith({ insertRows: 1 }, 'db/users/insert', { data: [{}, {}] })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    await expect(callWith({ expandDepth: 1 }, 'db/posts/select', { expand: ['comments.author'] })).rejects.toThrow(
      'at most 1 levels',
    );
  });

  it('that would write more rows than it may answer writes none', async () => {
    const update = { where: { author_id: 'u1' }, data: { note: 'gone' }, returning: ['id'] };
    await expect(callWith({ rows: 5 }, 'db/posts/update', update)).rejects.toMatchObject({ code: 'RESULT_TOO_LARGE' });
    const { body } = await callWith({}, 'db/posts/select', { where: { note: 'gone' }, select: ['id'] });
    expect(String(body)).toBe('{"data":[]}');
  });

  it('is cut off in the database when it takes too long, or when its caller goes away', async () => {
    const update = { where: { id: 'u1' }, data: { name: 'x' } };
    await expect(callWith({ queryTimeoutMs: 100 }, 'db/users/update', update)).rejects.toMatchObject({
      code: 'QUERY_TIMEOUT',
    });
    const signal = AbortSignal.timeout(100);
    await expect(callWith({}, 'db/users/update', update, { signal })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  it('is unavailable while the connection is not there', async () => {
    await expect(callWith({}, 'db/posts/select', {}, { connected: false })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  it('tells nothing of what the database says when the tables are not as the release thinks', async () => {
    await blog.database.sql.unsafe('alter table comments rename to remarks');
    const error = await callWith({}, 'db/comments/select', {}).catch((thrown) => thrown);
    await blog.database.sql.unsafe('alter table remarks rename to comments');
    expect(error).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: 'The database is being changed: try again',
      cause: { code: '42P01' },
    });
  });
});

describe('a release', () => {
  it.each([
    ['a table on a connection that it does not have', { ...blogRelease({}), connections: {} }],
    ['rules of a table that it does not have', blogRelease({ nope: { select: [{ roles: ['public'] }] } })],
    [
      'a mask of a column that the table does not have',
      blogRelease({ users: { select: [{ roles: ['public'], mask: { nope: 'hide' } }] } }),
    ],
    [
      'a pattern that is not RE2',
      { ...blogRelease(EVERYTHING), schema: { ...BLOG_SCHEMA, users: withPattern('(?=x)') } },
    ],
  ])('with %s is refused before it serves', (_, release) => {
    expect(() => prepareRelease({ releaseId: 'r', contentHash: 'h', release })).toThrow(
      expect.objectContaining({ name: 'StkError' }),
    );
  });
});

function withPattern(pattern: string) {
  const { users } = BLOG_SCHEMA;
  if (users?.columns.name === undefined) throw new Error('the blog has users with names');
  return { ...users, columns: { ...users.columns, name: { ...users.columns.name, pattern } } };
}
