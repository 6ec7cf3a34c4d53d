import type { Json } from '@santokit/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN, EVERYTHING, type ServedBlog, serveBlog } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
});
beforeEach(() => blog.serve(EVERYTHING));
afterAll(() => blog.close());

type Params = { readonly [key: string]: Json };
type Row = { readonly [key: string]: Json };

/** The pages of a list, from the first to the one that names no other. */
async function pages(path: string, params: Params, mostPages = 200): Promise<Row[][]> {
  const found: Row[][] = [];
  let after: Json | undefined;
  do {
    const { data, meta } = await blog.json(path, after === undefined ? params : { ...params, after });
    found.push(data);
    after = meta?.nextCursor;
  } while (after !== undefined && found.length < mostPages);
  return found;
}

/** Values as SQL literals: extremes, ties and nulls of every type that can be sorted by. */
const VALUES: { readonly [column: string]: readonly string[] } = {
  s: ["''", "'a'", "'A'", "'ä'", "'a b'", "'\u{1f600}'", "'\"\\'"],
  i: ['-2147483648', '0', '2147483647'],
  b: ['-9223372036854775808', '0', '9223372036854775807'],
  f: ["'NaN'", "'-Infinity'", "'Infinity'", '-0.0', '0', '0.1', '5e-324', '1.7976931348623157e308'],
  d: ["'NaN'", '-0.01', '0', '9999999999.99'],
  t: ['true', 'false'],
  ts: [
    "'infinity'",
    "'-infinity'",
    "'0044-03-15 12:00:00+00 BC'",
    "'2024-01-01 00:00:00.000001+00'",
    "'2024-01-01 00:00:00.000002+00'",
    "'294276-12-31 23:59:59.999999+00'",
  ],
  lts: ["'infinity'", "'2024-01-01 00:00:00.1'", "'2024-01-01 00:00:00.100001'"],
  day: ["'infinity'", "'2024-02-29'", "'5874897-12-31'", "'0044-03-15 BC'"],
  u: ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
  x: ["'\\x'", "'\\x00'", "'\\xff00'"],
  tags: ["'[]'", '\'["a"]\'', '\'["a","b"]\'', "'{}'", "'5'"],
  nums: ["'{}'", "'{1,2}'", "'{NULL}'", "'[0:1]={1,2}'", "'{{1,2},{3,4}}'"],
  fixed: ["'a'", "'ab'", "'     '"],
};
const COLUMNS = Object.keys(VALUES);

const row = fc.tuple(...COLUMNS.map((column) => fc.constantFrom('null', 'null', ...(VALUES[column] ?? []))));
const direction: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>('asc', 'desc'),
  fc.record({ dir: fc.constantFrom('asc', 'desc'), nulls: fc.constantFrom('first', 'last') }),
);
const orderBy = fc
  .uniqueArray(fc.tuple(fc.constantFrom('id', ...COLUMNS), direction), { maxLength: 3, selector: ([name]) => name })
  .map((entries): Json => entries.map(([name, dir]) => ({ [name]: dir })));

describe('walking a list page by page', () => {
  it('visits each row once, in the order of the whole list, whatever the order and the size of a page', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 14 }),
        fc.array(fc.tuple(orderBy, fc.integer({ min: 1, max: 6 })), { minLength: 6, maxLength: 6 }),
        async (rows, walks) => {
          const values = rows.map((cells, id) => `(${[id, ...cells].join(',')})`);
          await blog.database.sql.unsafe(
            `truncate samples; insert into samples (id, ${COLUMNS.join(',')}) values ${values.join(',')}`,
          );
          for (const [order, limit] of walks) {
            const params = { select: ['id'], orderBy: order };
            const whole = (await blog.json('db/samples/select', params)).data;
            expect(whole).toHaveLength(rows.length);
            const found = await pages('db/samples/select', { ...params, limit });
            expect(found.flat()).toEqual(whole);
            expect(found.slice(0, -1).every((page) => page.length === limit)).toBe(true);
            expect(found.at(-1)?.length).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('sorts each single column as PostgreSQL does, both ways, nulls on either side', async () => {
    const values = COLUMNS.flatMap((column) => ['null', ...(VALUES[column] ?? [])].map((value) => [column, value]));
    await blog.database.sql.unsafe(
      `truncate samples; ${values.map(([column, value], id) => `insert into samples (id, ${column}) values (${id}, ${value});`).join('')}`,
    );
    for (const column of COLUMNS)
      for (const dir of ['asc', 'desc'])
        for (const nulls of ['first', 'last']) {
          const plain = await blog.database.query(
            `select id from samples order by ${column} ${dir} nulls ${nulls}, id ${dir} limit 100`,
            [],
          );
          const params = { select: ['id'], orderBy: { [column]: { dir, nulls } }, limit: 17 };
          const found = (await pages('db/samples/select', params)).flat().map(({ id }) => String(id));
          expect(found.slice(0, 100)).toEqual(plain.rows.flat());
          expect(found).toHaveLength(values.length);
        }
  });

  it('goes by all columns of a composite key', async () => {
    const keys = ['a', 'b', 'c'].flatMap((team) => ['x', 'y', 'z'].map((person) => ({ team, person })));
    await blog.database.sql.unsafe(
      `truncate members; insert into members (team, person) values ${keys.map(({ team, person }) => `('${team}', '${person}')`).join(',')}`,
    );
    const params = { select: ['team', 'person'], limit: 2 };
    expect((await pages('db/members/select', params)).flat()).toEqual(keys);
    expect((await pages('db/members/select', { ...params, orderBy: { person: 'desc' } })).flat()).toEqual(
      keys.toSorted((a, b) => (a.person + a.team < b.person + b.team ? 1 : -1)),
    );
    expect((await pages('db/members/select', { ...params, orderBy: { since: 'asc' } })).flat()).toEqual(keys);
  });
});

describe('a page', () => {
  beforeEach(async () => {
    await blog.database.sql.unsafe(`
      truncate users, posts, comments;
      insert into users values ('u1', 'Ann', 'ann@x.org', '+49123'), ('u2', 'Bob', 'bob@x.org', null);
      insert into posts (id, author_id, title, status, likes, created_at)
        select 'p' || n, 'u' || 1 + n % 2, 'T', 'draft', n / 3, '2024-01-01T00:00:00Z' from generate_series(1, 9) n;
    `);
  });

  it('names the next one exactly when there is one', async () => {
    const meta = async (params: Params) => (await blog.json('db/posts/select', params)).meta;
    expect(await meta({ limit: 8 })).toEqual({ nextCursor: expect.stringMatching(/^[A-Za-z0-9_-]+$/) });
    expect(await meta({ limit: 9 })).toBeUndefined();
    expect(await meta({ limit: 10 })).toBeUndefined();
    expect(await meta({})).toBeUndefined();
    expect(await meta({ limit: 0 })).toBeUndefined();
    expect(await meta({ limit: 1, where: { id: 'p1' } })).toBeUndefined();
    expect(await meta({ limit: 1, where: { id: { $in: ['p1', 'p2'] } } })).toEqual({ nextCursor: expect.any(String) });
    expect(await meta({ limit: 2, offset: 7 })).toBeUndefined();
    expect(await meta({ limit: 2, offset: 6 })).toEqual({ nextCursor: expect.any(String) });
  });

  it('has the default size, and that of the rule, like any other', async () => {
    blog.serve({ posts: { select: [{ roles: ['public'], limit: 4 }] } });
    const found = await pages('db/posts/select', { select: ['id'] });
    expect(found.map((page) => page.length)).toEqual([4, 4, 1]);
    expect((await pages('db/posts/select', { limit: 100 })).map((page) => page.length)).toEqual([4, 4, 1]);
    expect((await pages('db/posts/select', { limit: 3 })).map((page) => page.length)).toEqual([3, 3, 3]);
  });

  it('counts all rows beside it, expands, and skips from where it begins', async () => {
    const params = { select: ['id'], orderBy: { likes: 'desc' }, expand: { author: { select: ['name'] } }, limit: 4 };
    const first = await blog.json('db/posts/select', { ...params, count: 'exact' });
    expect(first).toEqual({
      data: ['p9', 'p8', 'p7', 'p6'].map((id) => ({ id, author: { name: Number(id[1]) % 2 ? 'Bob' : 'Ann' } })),
      meta: { count: 9, nextCursor: expect.any(String) },
    });
    const after = first.meta.nextCursor;
    const next = await blog.json('db/posts/select', { ...params, count: 'exact', after, offset: 1, limit: 2 });
    expect(next.data.map(({ id }: Row) => id)).toEqual(['p4', 'p3']);
    expect(next.meta.count).toBe(9);
    const last = await blog.json('db/posts/select', { ...params, count: 'exact', after, limit: 5 });
    expect(last.data).toHaveLength(5);
    expect(last.meta).toEqual({ count: 9 });
  });

  it('goes on where it was, whatever was written in between', async () => {
    const params = { select: ['id'], orderBy: { created_at: 'desc' }, limit: 3 };
    const seen: Json[] = [];
    let after: Json | undefined;
    do {
      const { data, meta } = await blog.json('db/posts/select', after === undefined ? params : { ...params, after });
      seen.push(...data.map(({ id }: Row) => id ?? null));
      after = meta?.nextCursor;
      await blog.database.sql.unsafe(
        `insert into posts (id, author_id, title, created_at) values ('new' || gen_random_uuid(), 'u1', 'T', '2025-01-01T00:00:00Z');
         delete from posts where id = '${String(seen.at(-1))}'`,
      );
    } while (after !== undefined);
    expect(seen).toEqual(['p9', 'p8', 'p7', 'p6', 'p5', 'p4', 'p3', 'p2', 'p1']);
  });

  it('may be asked for with names in another order, and another selection', async () => {
    const where = { status: 'draft', likes: { $gte: 0, $lt: 9 }, $or: [{ title: 'T' }, { note: null }] };
    const { meta } = await blog.json('db/posts/select', { where, orderBy: { likes: 'asc' }, limit: 2 });
    const same = {
      select: ['title'],
      limit: 5,
      offset: 0,
      orderBy: [{ likes: { dir: 'asc' } }, { id: 'asc' }],
      count: 'exact',
      after: meta.nextCursor,
      where: { $or: [{ title: 'T' }, { note: null }], likes: { $lt: 9, $gte: 0 }, status: 'draft' },
    };
    expect((await blog.json('db/posts/select', same)).data).toHaveLength(5);
  });

  it.each<[string, Params]>([
    ['where', { where: { likes: { $gte: 1 } } }],
    ['value', { where: { likes: { $gte: 2 } } }],
    ['column', { where: { title: { $gte: 'T' } } }],
    ['order', { orderBy: { title: 'asc' } }],
    ['direction', { orderBy: { likes: 'desc' } }],
    ['place of nulls', { orderBy: { likes: { dir: 'asc', nulls: 'first' } } }],
    ['absence of an order', { orderBy: [] }],
    ['distinct', { distinct: ['likes'] }],
    ['key', { where: { id: 'p1' } }],
  ])('of another %s is refused', async (_, other) => {
    const params = { where: { likes: { $gte: 0 } }, orderBy: { likes: 'asc' } };
    const { meta } = await blog.json('db/posts/select', { ...params, limit: 1 });
    const after = meta.nextCursor;
    expect(await blog.refusal('db/posts/select', { ...params, after })).toMatch(/^answered/);
    expect(await blog.refusal('db/posts/select', { ...params, ...other, after })).toBe(
      'BAD_REQUEST after is a cursor of another query: table, where, orderBy and distinct must be the same',
    );
  });

  it('of another table is refused', async () => {
    const { meta } = await blog.json('db/users/select', { limit: 1 });
    expect(await blog.refusal('db/posts/select', { after: meta.nextCursor })).toMatch(/^BAD_REQUEST after is a cursor/);
  });

  it.each<[Json]>([
    [''],
    ['x'],
    ['not base64 at all!'],
    [null],
    [5],
    [{}],
    [[]],
    [encoded(null)],
    [encoded({})],
    [encoded([])],
    [encoded([5])],
    [encoded([null, 'p1'])],
    [encoded(['x', 5])],
    [encoded(['x', ['p1']])],
    [encoded(['x', ...Array.from({ length: 2_000 }, () => null)])],
  ])('after %j is refused', async (after) => {
    expect(await blog.refusal('db/posts/select', { after })).toBe(
      'BAD_REQUEST after is not a cursor that a select gave',
    );
  });

  it('after a place that was made up is refused, never asked of the database', async () => {
    const forgeries = ['\u0000', '\ud800', 'x', '1x', "1'", '', '1e5', '{', '0x1', ' 1', '1 ', '1\n', 'now'];
    for (const column of COLUMNS.filter((name) => !['s', 'fixed', 'tags', 'nums'].includes(name)))
      for (const forged of forgeries) {
        const params = { orderBy: { [column]: 'asc' }, limit: 1 };
        expect(await blog.refusal('db/samples/select', { ...params, after: await forge(params, [forged, '1']) })).toBe(
          'BAD_REQUEST after is not a cursor that a select gave',
        );
      }
    for (const [column, forged] of [
      ['i', '2147483648'],
      ['b', '9223372036854775808'],
      ['f', '1e999'],
      ['f', '1e-999'],
      ['day', '2024-02-31'],
      ['ts', '2024-02-31 00:00:00+00'],
      ['x', '\\x0'],
    ] as const) {
      const params = { orderBy: { [column]: 'asc' }, limit: 1 };
      expect(await blog.refusal('db/samples/select', { ...params, after: await forge(params, [forged, '1']) })).toMatch(
        /^BAD_REQUEST/,
      );
    }
    for (const column of ['s', 'fixed', 'tags', 'nums'])
      for (const forged of forgeries) {
        const params = { orderBy: { [column]: 'asc' }, limit: 1 };
        expect(
          await blog.refusal('db/samples/select', { ...params, after: await forge(params, [forged, '1']) }),
        ).toMatch(/^(BAD_REQUEST|answered)/);
      }
    expect(await blog.refusal('db/samples/select', { limit: 1, after: await forge({ limit: 1 }, [null]) })).toMatch(
      /^BAD_REQUEST/,
    );
  });
});

describe('a key that the caller may not compare', () => {
  it.each([
    ['hidden', { columns: ['title', 'likes'] }],
    ['masked', { mask: { id: 'last4' as const } }],
  ])('orders nothing and gives no cursor when it is %s', async (_, rule) => {
    const { meta } = await blog.json('db/posts/select', { limit: 1 });
    blog.serve({ posts: { select: [{ roles: ['public'], ...rule }] } });
    const page = await blog.json('db/posts/select', { limit: 1, orderBy: { likes: 'asc' } }, ADMIN);
    expect(page.meta).toBeUndefined();
    expect(await blog.refusal('db/posts/select', { limit: 1, after: meta.nextCursor })).toBe(
      'FORBIDDEN after may not be used where the key is hidden',
    );
  });
});

function encoded(parts: Json): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** A cursor of the list with another place in it. */
async function forge(params: Params, position: (string | null)[]): Promise<string> {
  await blog.database.sql.unsafe(`truncate samples; insert into samples (id) values (1), (2)`);
  const { meta } = await blog.json('db/samples/select', { ...params, limit: 1 });
  const [fingerprint] = JSON.parse(Buffer.from(meta.nextCursor, 'base64url').toString());
  return encoded([fingerprint, ...position]);
}
