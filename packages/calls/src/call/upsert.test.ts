import type { Expression, Json } from '@santokit/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVERYTHING, type ServedBlog, serveBlog, user } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
});
beforeEach(async () => {
  blog.serve(EVERYTHING);
  await blog.database.sql.unsafe(`
    truncate users, posts, comments, samples, members;
    insert into users values ('u1', 'Ann', 'ann@x.org', '1'), ('u2', 'Bob', 'bob@x.org', null);
    insert into samples (id, s, i) values (1, 'one', 1);
    insert into members values ('red', 'ann', '2024-01-01');
  `);
});
afterAll(() => blog.close());

async function rows(table: string, select: readonly string[]): Promise<unknown> {
  return (await blog.json(`db/${table}/select`, { select })).data;
}

describe('upsert', () => {
  it('inserts what is not there and updates what is, in one statement and in order', async () => {
    const params = {
      data: [
        { id: 2, s: 'two' },
        { id: 1, s: 'ONE' },
        { id: 3, s: 'three' },
      ],
    };
    const { data } = await blog.json('db/samples/upsert', params);
    expect(data.map(({ id, s, i }: Record<string, unknown>) => [id, s, i])).toEqual([
      [2, 'two', null],
      [1, 'ONE', 1],
      [3, 'three', null],
    ]);
    expect(await rows('samples', ['id', 's'])).toEqual([
      { id: 1, s: 'ONE' },
      { id: 2, s: 'two' },
      { id: 3, s: 'three' },
    ]);
  });

  it('goes by any unique column; an existing row keeps its generated key', async () => {
    const params = { data: { name: 'Annie', email: 'ann@x.org', phone: '2' }, conflict: ['email'], update: ['name'] };
    expect(await blog.json('db/users/upsert', params)).toEqual({
      data: { id: 'u1', name: 'Annie', email: 'ann@x.org', phone: '1' },
    });
    const { data } = await blog.json('db/users/upsert', { data: { name: 'C', email: 'c@x.org' }, conflict: ['email'] });
    expect(data.id).toMatch(/^[0-9A-Z]{26}$/);
  });

  it('leaves a row as it is where nothing is to be updated, and answers it', async () => {
    const params = { data: { name: 'Other', email: 'ann@x.org' }, conflict: ['email'], update: [] };
    expect((await blog.json('db/users/upsert', params)).data).toMatchObject({ id: 'u1', name: 'Ann' });
  });

  it('goes by the key of a link table', async () => {
    const put = (since: string) => blog.json('db/members/upsert', { data: { team: 'red', person: 'ann', since } });
    expect((await put('2025-05-05')).data).toEqual({ team: 'red', person: 'ann', since: '2025-05-05' });
    expect(await rows('members', ['since'])).toEqual([{ since: '2025-05-05' }]);
  });

  it('says how many rows it wrote when none are to come back', async () => {
    const params = {
      data: [
        { id: 1, s: 'x' },
        { id: 2, s: 'y' },
      ],
      returning: false,
    };
    expect(await blog.json('db/samples/upsert', params)).toEqual({ data: { affected: 2 } });
  });

  it('does each of many at the same time to the same row', async () => {
    const put = (n: number) => blog.json('db/samples/upsert', { data: { id: 7, i: n } });
    await Promise.all(Array.from({ length: 20 }, (_, n) => put(n)));
    expect((await blog.json('db/samples/count', { where: { id: 7 } })).data.count).toBe(1);
  });

  it.each([
    ['users', { data: { name: 'x', email: 'x@x.org' } }, 'BAD_REQUEST data must hold the column "id"'],
    ['users', { data: { name: 'x', email: 'x@x.org' }, conflict: ['name'] }, 'BAD_REQUEST conflict must be'],
    ['users', { data: { name: 'x', email: 'x@x.org' }, conflict: ['nope'] }, 'BAD_REQUEST Unknown column: "nope"'],
    ['users', { data: { name: 'x', email: 'x@x.org' }, conflict: 'email' }, 'BAD_REQUEST conflict must be a list'],
    ['users', { data: { name: 'x', email: 'x' }, conflict: [] }, 'BAD_REQUEST conflict must be'],
    [
      'users',
      { data: { name: 'x', email: 'x' }, conflict: ['email'], update: ['phone'] },
      'BAD_REQUEST update names "phone"',
    ],
    ['users', { data: { id: 'u1', name: 'x', email: 'x' }, conflict: ['id'] }, 'BAD_REQUEST The key "id" is generated'],
    ['users', { data: { email: 'ann@x.org' }, conflict: ['email'] }, 'BAD_REQUEST Missing required column: name'],
    ['samples', { data: [{ id: 1 }, { id: 2, s: 'x' }] }, 'BAD_REQUEST Each row of data needs the same columns'],
    [
      'samples',
      {
        data: [
          { id: 5, s: 'x' },
          { id: 5, s: 'y' },
        ],
      },
      'BAD_REQUEST Two rows of data are the same',
    ],
    ['samples', { data: { id: 1, i: 'x' } }, 'BAD_REQUEST i must be an integer'],
    ['samples', { data: { id: 1 }, where: { id: 1 } }, 'BAD_REQUEST Unknown param: "where"'],
    ['samples', { conflict: ['id'] }, 'BAD_REQUEST data must be a row or a list of rows'],
  ])('on %s %j is refused: %s', async (table, params, refusal) => {
    expect(await blog.refusal(`db/${table}/upsert`, params as Json)).toContain(refusal);
  });
});

describe('upsert under rules', () => {
  const ann = user('ann');
  const of = (column: string, value: Expression): Expression => ({
    kind: 'call',
    operator: '==',
    type: 'bool',
    arguments: [{ kind: 'column', name: column, type: 'string', nullable: true }, value],
  });
  const sub: Expression = { kind: 'request', path: ['auth', 'sub'], type: 'string' };
  const text = (value: string): Expression => ({ kind: 'constant', type: 'string', value });
  const everyone = { roles: ['authenticated'] };
  const put = (data: Json, rest: object = {}) => ({ data, conflict: ['id'], ...rest }) as Json;

  beforeEach(() =>
    blog.database.sql.unsafe(`insert into samples (id, s, fixed) values (2, 'bob', 'b'), (3, 'ann', 'a')`),
  );

  it('needs both permissions', async () => {
    blog.serve({ samples: { select: [everyone], insert: [everyone] } });
    expect(await blog.refusal('db/samples/upsert', put({ id: 9 }), ann)).toMatch(/^FORBIDDEN/);
    blog.serve({ samples: { select: [everyone], update: [everyone] } });
    expect(await blog.refusal('db/samples/upsert', put({ id: 9 }), ann)).toMatch(/^FORBIDDEN/);
  });

  it('refuses a row outside the reach of updates, leaves it as it was, and writes none of the others', async () => {
    const samples = { select: [everyone], insert: [everyone], update: [{ ...everyone, condition: of('s', sub) }] };
    blog.serve({ samples });
    for (const rest of [{}, { update: ['i'] }, { update: [] }]) {
      const list = put(
        [
          { id: 10, i: 1 },
          { id: 2, i: 5 },
        ],
        rest,
      );
      expect(await blog.refusal('db/samples/upsert', list, ann)).toMatch(/^FORBIDDEN The row is not allowed/);
    }
    blog.serve(EVERYTHING);
    expect(await rows('samples', ['id', 's', 'i'])).toEqual([
      { id: 1, s: 'one', i: 1 },
      { id: 2, s: 'bob', i: null },
      { id: 3, s: 'ann', i: null },
    ]);
    blog.serve({ samples });
    expect((await blog.json('db/samples/upsert', put({ id: 3, i: 5 }), ann)).data).toMatchObject({ id: 3, i: 5 });
  });

  it('does not hand a row out of its own reach', async () => {
    blog.serve({
      samples: { select: [everyone], insert: [everyone], update: [{ ...everyone, condition: of('s', sub) }] },
    });
    expect(await blog.refusal('db/samples/upsert', put({ id: 3, s: 'bob' }), ann)).toMatch(/^FORBIDDEN/);
  });

  it('holds inserted rows to the one check and updated rows to the other', async () => {
    blog.serve({
      samples: {
        select: [everyone],
        insert: [{ ...everyone, check: of('s', text('new')) }],
        update: [{ ...everyone, check: of('s', text('changed')) }],
      },
    });
    const answered = (id: number, s: string) => blog.refusal('db/samples/upsert', put({ id, s }), ann);
    expect(await answered(20, 'new')).toMatch(/^answered/);
    expect(await answered(21, 'changed')).toMatch(/^FORBIDDEN/);
    expect(await answered(2, 'changed')).toMatch(/^answered/);
    expect(await answered(2, 'new')).toMatch(/^FORBIDDEN/);
    const mixed = put([
      { id: 22, s: 'new' },
      { id: 3, s: 'changed' },
    ]);
    expect(await blog.refusal('db/samples/upsert', mixed, ann)).toMatch(/^answered/);
  });

  it('writes what each rule sets, and refuses who sends it', async () => {
    blog.serve({
      samples: {
        select: [everyone],
        insert: [{ ...everyone, set: { s: sub } }],
        update: [{ ...everyone, set: { fixed: text('upd') } }],
      },
    });
    expect((await blog.json('db/samples/upsert', put({ id: 30, i: 1 }), ann)).data).toMatchObject({
      s: 'ann',
      fixed: null,
    });
    expect((await blog.json('db/samples/upsert', put({ id: 2, i: 1 }), ann)).data).toMatchObject({
      s: 'bob',
      fixed: 'upd  ',
    });
    expect(await blog.refusal('db/samples/upsert', put({ id: 2, s: 'x' }), ann)).toMatch(/^FORBIDDEN/);
    expect(await blog.refusal('db/samples/upsert', put({ id: 2, fixed: 'x' }), ann)).toMatch(/^FORBIDDEN/);
  });

  it('updates no column that the rule of updates hides', async () => {
    blog.serve({
      samples: { select: [everyone], insert: [everyone], update: [{ ...everyone, columns: ['i'] }] },
    });
    expect(await blog.refusal('db/samples/upsert', put({ id: 2, s: 'x', i: 1 }), ann)).toMatch(/^FORBIDDEN/);
    const allowed = put({ id: 2, s: 'x', i: 1 }, { update: ['i'] });
    expect((await blog.json('db/samples/upsert', allowed, ann)).data).toMatchObject({ s: 'bob', i: 1 });
  });

  it('shows of a row that may be written and not read no more than its key', async () => {
    blog.serve({
      samples: { select: [{ ...everyone, condition: of('s', sub) }], insert: [everyone], update: [everyone] },
    });
    expect(await blog.json('db/samples/upsert', put({ id: 2, i: 9 }), ann)).toEqual({ data: { id: 2 } });
  });

  it('goes by no column that the caller may not compare, for the answer would tell whose value it is', async () => {
    const users = { insert: [everyone], update: [everyone] };
    const guess = { data: { name: 'x', email: 'ann@x.org' }, conflict: ['email'], update: [] };
    for (const select of [
      [{ ...everyone, columns: ['id', 'name'] }],
      [{ ...everyone, mask: { email: 'last4' as const } }],
      undefined,
    ]) {
      blog.serve({ users: { ...users, ...(select === undefined ? {} : { select }) } });
      expect(await blog.refusal('db/users/upsert', guess, ann)).toMatch(
        /^FORBIDDEN conflict may not use the column "email"/,
      );
    }
    blog.serve({ samples: { select: [{ ...everyone, columns: ['s'] }], insert: [everyone], update: [everyone] } });
    expect((await blog.json('db/samples/upsert', put({ id: 2, i: 1 }), ann)).data).toEqual({ id: 2, s: 'bob' });
  });

  it('says so where a partitioned table does not tell inserted rows from updated ones', async () => {
    const since: Expression = { kind: 'column', name: 'since', type: 'string', nullable: true };
    const check: Expression = { kind: 'call', operator: 'has', type: 'bool', arguments: [since] };
    const row = { data: { team: 'red', person: 'ann', since: '2024-01-01' } };
    const members = { select: [everyone], insert: [everyone], update: [everyone] };
    await blog.database.sql.unsafe(`
      alter table members rename to plain_members;
      create table members (team text, person text, since date, primary key (team, person)) partition by list (team);
      create table red_members partition of members for values in ('red');
    `);
    try {
      blog.serve({ members });
      expect(await blog.refusal('db/members/upsert', row, ann)).toMatch(/^answered/);
      expect(await blog.refusal('db/members/upsert', row, ann)).toMatch(/^answered/);
      blog.serve({ members: { ...members, update: [{ ...everyone, check }] } });
      expect(await blog.refusal('db/members/upsert', row, ann)).toMatch(
        /^BAD_REQUEST A partitioned table takes no upsert whose rows a rule checks/,
      );
    } finally {
      await blog.database.sql.unsafe('drop table members; alter table plain_members rename to members');
    }
  });
});
