import type { CompiledRelease } from '@santokit/contract';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventRelease } from './support/event-release.ts';
import { type BridgeClient, Stage, until } from './support/stage.ts';

const stage = new Stage();
let sql: postgres.Sql;
let bridge: BridgeClient;

const FILES: Readonly<Record<string, string>> = {
  'events/topics/placed.yaml': 'name: placed\nschema: { item: { type: string }, n: { type: int, nullable: true } }\n',
  'events/topics/ordered.yaml': 'name: ordered\nschema: { item: { type: string }, n: { type: int } }\n',
  'events/topics/chain.yaml': 'name: chain\nschema: { item: { type: string } }\n',
  'events/subscriptions/note.yaml': 'name: note\ntopic: placed\nhandler: logics/note\n',
  'events/subscriptions/keep.yaml': 'name: keep\ntopic: placed\nhandler: logics/keep\n',
  'events/subscriptions/sequence.yaml':
    'name: sequence\ntopic: ordered\nhandler: logics/sequence\norderBy: item\nretry: { maxRetries: 5, minBackoff: 50ms, maxBackoff: 50ms }\n',
  'events/subscriptions/again.yaml': 'name: again\ntopic: chain\nhandler: logics/again\nretry: { maxRetries: 0 }\n',
  'events/topics/many.yaml': 'name: many\nschema: { n: { type: int } }\n',
  'events/subscriptions/divide.yaml': 'name: divide\ntopic: many\nhandler: logics/divide\nretry: { maxRetries: 0 }\n',
  'events/subscriptions/tally.yaml': 'name: tally\ntopic: many\nhandler: logics/tally\n',
  'events/topics/written.yaml': 'name: written\nschema: { author: { type: string, maxLength: 5 } }\n',
  'events/triggers/written.yaml': 'on: insert\ntable: posts\ntopic: written\nmapping: { author: author_id }\n',
  'logics/tally.sql': 'update tallies set n = n + 1 where id = (:event.n)::int % 7',
  'logics/divide.sql': 'insert into divided (n) select (:event.n)::int / ((:event.n)::int - 50)',
  'logics/many.sql': `---
roles: [admin]
publish: [{ topic: many, mapping: { n: ":result.n" } }]
---
select n from generate_series(1, 300) n`,
  'logics/note.sql': `insert into notes (what) values (:event.item || ' ' || coalesce(:event.n, '-'))`,
  'logics/keep.sql': `insert into kept (event_id) values (:event.id) on conflict do nothing`,
  'logics/sequence.sql': `insert into steps (item, n, at) select :event.item, (:event.n)::int, now()
    where 1 / (case when :event.n = '3' and (select count(*) from tries where item = :event.item) < 2 then 0 else 1 end) = 1`,
  'logics/again.sql': `---
publish: [{ topic: chain, mapping: { item: ":event.item" } }]
---
insert into notes (what) values ('chain ' || :event.item)`,
  'logics/order.sql': `---
roles: [admin]
params: { item: { type: string }, fail: { type: boolean, default: false } }
publish: [{ topic: placed, mapping: { item: ":item", n: 7 } }]
---
insert into notes (what) values ('ordered ' || :item);
select 1 / (case when :fail then 0 else 1 end) as ok`,
};

beforeAll(async () => {
  await stage.open();
  sql = postgres(stage.databaseUrl, { max: 2, onnotice: () => undefined });
  await sql.unsafe(`
    create table notes (id serial, what text);
    create table kept (event_id text primary key);
    create table steps (id serial, item text, n int, at timestamptz);
    create table tries (item text);
    create table divided (n int);
    create table tallies as select id, 0 as n from generate_series(0, 6) id;
  `);
  stage.apply(release());
  const jobs = { jobsUrl: stage.databaseUrl, workers: true };
  bridge = await (await stage.bridge(jobs)).ready();
  await (await stage.bridge(jobs)).ready();
});
afterAll(async () => {
  await sql.end();
  await stage.close();
});

/** A user writes posts whose author a rule sets. */
function release(): CompiledRelease {
  const made = eventRelease(FILES);
  const set = { author_id: { kind: 'constant', type: 'string', value: 'somebody' } } as const;
  const { posts, ...others } = made.permissions.tables;
  const insert = [...(posts?.insert ?? []), { roles: ['user'], set }];
  return { ...made, permissions: { ...made.permissions, tables: { ...others, posts: { ...posts, insert } } } };
}

const publish = (topic: string, payload: unknown, credential?: Record<string, string>) =>
  bridge.call(`events/${topic}/publish`, { payload }, credential);
const notes = async () => (await sql`select what from notes order by id`).map(({ what }) => what as string);

describe('an event that is published by call', () => {
  it('is handled for every subscription', async () => {
    const { status, body } = await publish('placed', { item: 'i1', n: 3 });
    expect([status, body]).toEqual([200, { data: { id: expect.any(String) } }]);
    await until(async () => (await notes()).includes('i1 3'));
    await until(async () => (await sql`select 1 from kept where event_id = ${body.data.id}`).length === 1);
  });

  it('is refused with all that its topic does not allow', async () => {
    expect(await publish('placed', { item: 5, m: 1 })).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'SCHEMA_VALIDATION_FAILED',
          details: {
            problems: [
              { field: 'item', message: 'item must be a string' },
              { field: 'm', message: 'The topic has no such field' },
            ],
          },
        },
      },
    });
    expect(await publish('placed', [])).toMatchObject({ status: 400 });
    expect(await publish('placed', { item: 'x'.repeat(1_100_000) })).toMatchObject({ status: 413 });
    expect(await bridge.call('events/placed/publish', {})).toMatchObject({ status: 400 });
    expect(await bridge.call('events/placed/publish', { payload: { item: 'a' }, more: 1 })).toMatchObject({
      status: 400,
    });
  });

  it('needs a topic that there is, and a rule', async () => {
    expect((await publish('none', {})).status).toBe(404);
    expect((await bridge.call('events/placed/subscribe', {})).status).toBe(404);
    const token = await stage.token();
    const credential = { authorization: `Bearer ${token}` };
    expect((await publish('placed', { item: 'a' }, credential)).status).toBe(403);
  });

  it('is published once by Idempotency-Key, and not at all by a batch that fails', async () => {
    const headers = { 'idempotency-key': 'one' };
    const key = { 'x-santokit-api-key': stage.admin.key };
    const first = await publish('placed', { item: 'once' }, { ...key, ...headers });
    const second = await publish('placed', { item: 'once' }, { ...key, ...headers });
    expect(second.body).toEqual(first.body);
    const calls = [
      { path: 'events/placed/publish', params: { payload: { item: 'batched' } } },
      { path: 'events/placed/publish', params: { payload: { item: 5 } } },
    ];
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...key } };
    const batch = await bridge.send('/batch', { ...init, body: JSON.stringify({ calls, transaction: true }) });
    expect(batch).toMatchObject({ status: 400, body: { error: { details: { call: 1 } } } });
    await until(async () => (await notes()).includes('once -'));
    expect((await notes()).filter((what) => what.startsWith('batched') || what === 'once -')).toEqual(['once -']);
  });
});

it('a row whose event cannot be made for what its caller did not write is refused without a word of it, which is logged', async () => {
  const told = await bridge.call('db/posts/insert', { data: { title: 'a', author_id: 'too long' } });
  expect([told.status, told.body.error.details]).toEqual([
    400,
    { problems: [{ field: 'author', message: 'author is not as the topic asks' }] },
  ]);
  const credential = { authorization: `Bearer ${await stage.token()}` };
  const before = stage.log.length;
  const { status, body } = await bridge.call('db/posts/insert', { data: { title: 'a' } }, credential);
  expect([status, body.error]).toEqual([
    400,
    {
      code: 'SCHEMA_VALIDATION_FAILED',
      message: 'The event of a row cannot be made: nothing was written',
      requestId: expect.any(String),
    },
  ]);
  const reason = "The field author of a row's event is not as its topic written asks";
  await until(() => stage.log.slice(before).some((line) => line.includes(reason)));
});

it('what logic publishes exists exactly when what the logic did does', async () => {
  expect((await bridge.call('logics/order', { item: 'good' })).status).toBe(200);
  expect((await bridge.call('logics/order', { item: 'bad', fail: true })).status).toBe(400);
  await until(async () => (await notes()).includes('good 7'));
  expect((await notes()).filter((what) => what.includes('bad'))).toEqual([]);
});

it('of many events that are handled together one that fails takes none of the others with it', async () => {
  expect((await bridge.call('logics/many', {})).status).toBe(200);
  await until(async () => (await sql`select 1 from divided`).length >= 299);
  await until(async () => (await sql`select 1 from santokit.dead_letters where topic = 'many'`).length === 1);
  const [letter] = await sql`select payload, last_error from santokit.dead_letters where topic = 'many'`;
  expect(letter).toMatchObject({ payload: { n: 50 }, last_error: expect.stringMatching(/22012|zero/) });
  expect(await sql`select 1 from divided`).toHaveLength(299);
  // Those that stand in each other's way are handled all the same.
  await until(async () => (await sql`select 1 from santokit.deliveries where subscription = 'tally'`).length === 0);
  expect((await sql`select sum(n)::int as n from tallies`)[0]?.n).toBe(300);
});

it('events of one key are handled in order, whatever is tried again', async () => {
  const others = Array.from({ length: 5 }, (_, n) => publish('ordered', { item: 'b', n: n + 10 }));
  for (let n = 1; n <= 5; n++) await publish('ordered', { item: 'a', n });
  await Promise.all(others);
  // Nothing after the third one of its key goes on before it can.
  await until(async () => (await sql`select 1 from steps where item = 'b'`).length === 5);
  await until(async () => (await sql`select 1 from santokit.deliveries where last_error is not null`).length > 0);
  expect((await sql`select n from steps where item = 'a' order by id`).map(({ n }) => n)).toEqual([1, 2]);
  await sql`insert into tries values ('a'), ('a')`;
  await until(async () => (await sql`select 1 from steps where item = 'a'`).length === 5);
  expect((await sql`select n from steps where item = 'a' order by id`).map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
});

it('a chain of events that publish one another ends in a dead letter that says so', async () => {
  await publish('chain', { item: 'c' });
  await until(async () => (await sql`select 1 from santokit.dead_letters where topic = 'chain'`).length === 1);
  const [letter] = await sql`select last_error, depth from santokit.dead_letters where topic = 'chain'`;
  expect(letter).toMatchObject({ depth: 9, last_error: expect.stringMatching(/Recursion stopped/) });
  expect((await notes()).filter((what) => what === 'chain c')).toHaveLength(9);
});
