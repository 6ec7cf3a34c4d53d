import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const VERIFY = 'GET /api/v1/projects/shop/audit/verify';
const SEQ = 6;
let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
  for (const name of ['prod', 'staging', 'testing'])
    await hub.must('POST /api/v1/projects/shop/envs', { body: { name } });
});
afterAll(() => hub.stop());

const verify = async () => (await hub.must(VERIFY)).json.data;

/** Does it as only a superuser can, with triggers off, looks at what verify says, and takes it back. */
async function tamper(...statements: string[]) {
  await hub.store`drop table if exists kept`;
  await hub.store`create table kept as table audit_log`;
  const run = (all: readonly string[]) =>
    hub.store.unsafe(`set session_replication_role = replica; ${all.join('; ')}; reset session_replication_role`);
  await run(statements);
  try {
    return await verify();
  } finally {
    await run(['delete from audit_log', 'insert into audit_log select * from kept']);
  }
}

it('a log that nobody touched is whole, and its head is told', async () => {
  const [last] = await hub.store`select id, seq::int, hash from audit_log order by seq desc limit 1`;
  expect(await verify()).toMatchObject({ ok: true, entries: last?.seq, head: last, problems: [] });
});

const CHANGES: readonly [string, string][] = [
  ['id', `'aud_00000000000000000000000000'`],
  ['ts', `ts + interval '1 millisecond'`],
  ['ts', `'infinity'`],
  ['actor_id', `actor_id || 'x'`],
  ['actor_id', 'null'],
  ['actor_type', `'system'`],
  ['action', `replace(action, 'e', 'E')`],
  ['project', `'shoq'`],
  ['env', `coalesce(env, '') || 'x'`],
  ['detail', `detail || '{"x": 1}'`],
  ['detail', `'{}'`],
  ['detail', `'null'`],
  ['detail', `jsonb_set(detail, '{version}', '1.0')`],
  ['detail', `jsonb_set(detail, '{version}', '1e999')`],
  ['ip', `'127.0.0.2'`],
  ['ip', 'null'],
  ['request_id', `request_id || ' '`],
  ['trace_id', `''`],
  ['previous_hash', `translate(previous_hash, '0123456789', '1234567890')`],
  ['hash', `translate(hash, '0123456789', '1234567890')`],
];

it.each(CHANGES)('a changed %s (%s) is found, and the entry is named', async (column, value) => {
  const [entry] = await hub.store`select id, seq::int from audit_log where action = 'connection.set'`;
  const { ok, problems } = await tamper(`update audit_log set ${column} = ${value} where seq = ${entry?.seq}`);
  const id = column === 'id' ? 'aud_00000000000000000000000000' : entry?.id;
  expect([ok, problems]).toEqual([false, [{ seq: entry?.seq, id, what: expect.any(String) }]]);
});

it('a changed seq is found', async () => {
  expect(await tamper(`update audit_log set seq = 1000 where seq = ${SEQ}`)).toMatchObject({
    ok: false,
    problems: expect.arrayContaining([{ seq: SEQ, id: null, what: 'it is missing' }]),
  });
});

it('an entry that was removed is found, and so is the first and one before the first', async () => {
  expect(await tamper(`delete from audit_log where seq = ${SEQ}`)).toMatchObject({
    ok: false,
    problems: [{ seq: SEQ }],
  });
  expect(await tamper('delete from audit_log where seq = 1')).toMatchObject({ ok: false, problems: [{ seq: 1 }] });
  expect(await tamper('update audit_log set seq = -1 where seq = 1')).toMatchObject({ ok: false });
});

it('entries that were exchanged are found', async () => {
  const exchanged = await tamper(
    `update audit_log set seq = -1 where seq = ${SEQ}`,
    `update audit_log set seq = ${SEQ} where seq = ${SEQ + 1}`,
    `update audit_log set seq = ${SEQ + 1} where seq = -1`,
  );
  expect(exchanged).toMatchObject({
    ok: false,
    problems: expect.arrayContaining([expect.objectContaining({ seq: SEQ })]),
  });
});

it('an entry that was changed and hashed anew does not fit the next one', async () => {
  const [copy] = await hub.store`select * from audit_log where seq = ${SEQ}`;
  const { problems } = await tamper(
    `update audit_log set detail = '{}', hash = encode(sha256('x'), 'hex') where seq = ${SEQ}`,
  );
  expect(copy).toBeDefined();
  expect(problems.map(({ seq }: { seq: number }) => seq)).toEqual([SEQ, SEQ + 1]);
});
