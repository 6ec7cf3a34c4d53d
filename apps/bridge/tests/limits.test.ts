import { DEFAULT_LIMITS, type EnvCeilings } from '@santokit/contract';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type Answer, type BridgeClient, Stage, until } from './support/stage.ts';

const stage = new Stage();
let bridge: BridgeClient;

beforeAll(async () => {
  await stage.open();
  const sql = postgres(stage.databaseUrl, { max: 1 });
  await sql`create table authors (id text primary key, name text not null)`;
  await sql`insert into authors values ('ann', 'Ann'), ('ben', 'Ben')`;
  await sql`insert into posts select 'q' || n, 'ann', repeat('long ', 20) from generate_series(1, 30) n`;
  await sql.end();
  stage.apply(blogRelease({}));
  bridge = await (await stage.bridge()).ready();
});
afterAll(() => stage.close());

/** Posts with their authors, and authors with their posts. */
function blogRelease(ceilings: EnvCeilings) {
  const release = shopRelease();
  const { posts, slow_posts } = release.schema;
  if (posts === undefined || slow_posts === undefined) throw new Error('the shop has posts');
  const text = { type: 'string', nullable: false } as const;
  const authors = {
    ...posts,
    name: 'authors',
    key: { columns: ['id'], generate: 'client' as const },
    columns: { id: { ...text, name: 'id' }, name: { ...text, name: 'name' } },
    relations: { posts: { kind: 'many', table: 'posts', column: 'id', targetColumn: 'author_id' } as const },
  };
  const author = { kind: 'one', table: 'authors', column: 'author_id', targetColumn: 'id' } as const;
  const rules = { select: [{ roles: ['admin'] }], insert: [{ roles: ['admin'] }] };
  return {
    ...release,
    schema: { posts: { ...posts, relations: { author } }, slow_posts, authors },
    permissions: { tables: { posts: rules, slow_posts: rules, authors: rules } },
    limits: { ...release.limits, ceilings },
  };
}

const post = (title = 'x') => ({ author_id: 'ann', title });
const list = <T>(length: number, item: T) => Array.from({ length }, () => item);

type Params = Readonly<Record<string, unknown>>;
interface Case {
  readonly ceiling: EnvCeilings;
  readonly table?: string;
  readonly within: Params;
  readonly beyond: Params;
  readonly code?: string;
  readonly message: string | RegExp;
}

const CASES: readonly Case[] = [
  { ceiling: { rows: 5 }, within: { limit: 5 }, beyond: { limit: 6 }, message: 'limit must be at most 5' },
  {
    ceiling: { whereConditions: 2 },
    within: { where: { id: 'a', title: 'b' } },
    beyond: { where: { id: 'a', title: 'b', author_id: 'c' } },
    message: 'where has more than 2 conditions',
  },
  {
    ceiling: { whereDepth: 1 },
    within: { where: { $not: { id: 'a' } } },
    beyond: { where: { $not: { $not: { id: 'a' } } } },
    message: 'where is nested more than 1 deep',
  },
  {
    ceiling: { inItems: 2 },
    within: { where: { id: { $in: ['a', 'b'] } } },
    beyond: { where: { id: { $in: ['a', 'b', 'c'] } } },
    message: '$in takes a list of 1 to 2 values',
  },
  {
    ceiling: { inItems: 2 },
    within: { where: { id: { $notIn: ['a', 'b'] } } },
    beyond: { where: { id: { $notIn: ['a', 'b', 'c'] } } },
    message: '$notIn takes a list of 1 to 2 values',
  },
  {
    ceiling: { expandDepth: 1 },
    within: { expand: ['author'], limit: 1 },
    beyond: { expand: ['author.posts'], limit: 1 },
    message: 'expand goes at most 1 levels deep',
  },
  {
    ceiling: { expandRows: 3 },
    table: 'authors',
    within: { expand: { posts: { limit: 3 } } },
    beyond: { expand: { posts: { limit: 4 } } },
    message: /must be at most 3/,
  },
  {
    ceiling: { bodyBytes: 100 },
    within: { where: { id: 'x'.repeat(50) } },
    beyond: { where: { id: 'x'.repeat(101) } },
    code: '413 PAYLOAD_TOO_LARGE',
    message: 'The body is larger than 100 bytes',
  },
  {
    ceiling: { answerBytes: 500 },
    within: { limit: 1 },
    beyond: { limit: 20 },
    code: '400 RESULT_TOO_LARGE',
    message: /larger than 500 bytes/,
  },
];

async function expectKept(client: BridgeClient, { table = 'posts', within, beyond, code, message }: Case) {
  const allowed = await client.call(`db/${table}/select`, within);
  expect([allowed.status, allowed.body.error]).toEqual([200, undefined]);
  const refused = await client.call(`db/${table}/select`, beyond);
  expect(saying(refused)).toBe(code ?? '400 BAD_REQUEST');
  expect(refused.body.error.message).toMatch(message);
}

function saying({ status, body }: Answer): string {
  return body.error === undefined ? String(status) : `${status} ${body.error.code}`;
}

async function served(ceilings: EnvCeilings): Promise<BridgeClient> {
  const releaseId = stage.apply(blogRelease(ceilings));
  await until(async () => (await bridge.call('db/posts/select', {})).headers.get('x-santokit-release') === releaseId);
  return bridge;
}

describe.each(CASES)('the limit $ceiling', (limit) => {
  it('holds for an env that sets it in config/limits.yaml', async () => {
    await expectKept(await served(limit.ceiling), limit);
  });

  it('holds for every env of a Bridge that sets it, and an env cannot raise it', async () => {
    const raised = Object.fromEntries(Object.keys(limit.ceiling).map((name) => [name, 1_000_000]));
    await served(raised);
    const narrow = await (await stage.bridge({ limits: { ...DEFAULT_LIMITS, ...limit.ceiling } })).ready();
    await expectKept(narrow, limit);
  });
});

it('a Bridge that allows more than the default allows it to an env that says nothing', async () => {
  await served({});
  const wide = await (await stage.bridge({ limits: { ...DEFAULT_LIMITS, rows: 20_000, expandDepth: 4 } })).ready();
  expect(saying(await wide.call('db/posts/select', { limit: 20_000 }))).toBe('200');
  expect(saying(await wide.call('db/posts/select', { limit: 20_001 }))).toBe('400 BAD_REQUEST');
  const deep = { expand: ['author.posts.author.posts'], limit: 1 };
  expect(saying(await wide.call('db/posts/select', deep))).toBe('200');
  expect(saying(await bridge.call('db/posts/select', deep))).toBe('400 BAD_REQUEST');
});

it('fewer rows come by default where fewer may come at all', async () => {
  await served({ rows: 5, expandRows: 2 });
  expect((await bridge.call('db/posts/select', {})).body.data).toHaveLength(5);
  const [ann] = (await bridge.call('db/authors/select', { where: { id: 'ann' }, expand: ['posts'] })).body.data;
  expect(ann.posts).toHaveLength(2);
});

it('rows per insert are limited, and none is written beyond', async () => {
  await served({ insertRows: 2 });
  const before = (await bridge.call('db/posts/select', { count: 'exact', limit: 1 })).body.meta.count;
  const insert = (rows: number) => bridge.call('db/posts/insert', { data: list(rows, post()) });
  expect(saying(await insert(3))).toBe('400 BAD_REQUEST');
  expect(saying(await insert(2))).toBe('200');
  expect((await bridge.call('db/posts/select', { count: 'exact', limit: 1 })).body.meta.count).toBe(before + 2);
});

it('calls in a batch are limited by the env and by the Bridge', async () => {
  const batch = async (client: BridgeClient, calls: number) => {
    const body = JSON.stringify({ calls: list(calls, { path: 'db/posts/select', params: { limit: 1 } }) });
    const headers = { 'content-type': 'application/json', 'x-santokit-api-key': stage.admin.key };
    return saying(await client.send('/batch', { method: 'POST', headers, body }));
  };
  await served({ batchCalls: 2 });
  expect([await batch(bridge, 2), await batch(bridge, 3)]).toEqual(['200', '400 BAD_REQUEST']);
  await served({});
  const narrow = await (await stage.bridge({ limits: { ...DEFAULT_LIMITS, batchCalls: 1 } })).ready();
  expect([await batch(narrow, 1), await batch(narrow, 2)]).toEqual(['200', '400 BAD_REQUEST']);
});

describe('the query timeout', () => {
  const slow = (client: BridgeClient) => client.call('db/slow_posts/insert', { data: post() });

  it('of an env ends its statements', async () => {
    await served({ queryTimeoutMs: 200 });
    expect(saying(await slow(bridge))).toBe('504 QUERY_TIMEOUT');
  });

  it('of a Bridge ends them too, whatever the env says', async () => {
    await served({ queryTimeoutMs: 60_000 });
    const narrow = await (await stage.bridge({ limits: { ...DEFAULT_LIMITS, queryTimeoutMs: 200 } })).ready();
    expect(saying(await slow(narrow))).toBe('504 QUERY_TIMEOUT');
    expect(saying(await slow(bridge))).toBe('200');
  });
});

it('more requests than may be in flight on a Bridge are told to come back', async () => {
  await served({});
  const narrow = await (await stage.bridge({ limits: { ...DEFAULT_LIMITS, concurrentRequests: 2 } })).ready();
  const answers = await Promise.all(list(6, 0).map(() => narrow.call('db/slow_posts/insert', { data: post() })));
  expect(answers.map(saying).toSorted()).toEqual([...list(2, '200'), ...list(4, '503 SERVICE_UNAVAILABLE')]);
  expect(answers.find(({ status }) => status === 503)?.headers.get('retry-after')).toBe('1');
});
