import { auditEntryHash } from '@santokit/crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply(SHOP_FILES);
});
afterAll(() => hub.stop());

it('entries written at once are one chain without gaps, each hashed with the one before', async () => {
  const create = (name: string) =>
    hub.must('POST /api/v1/projects/shop/envs/dev/apikeys', { body: { name, roles: ['reader'] } });
  await Promise.all(Array.from({ length: 8 }, (_, index) => create(`key ${index}`)));
  const entries = await hub.store`
    select seq::int, id, to_char(ts at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ts, actor_id as "actorId",
      actor_type as "actorType", action, project, env, detail, ip, request_id as "requestId", trace_id as "traceId",
      previous_hash as "previousHash", hash
    from audit_log order by seq`;
  expect(entries.length).toBeGreaterThan(12);
  let previous = '0'.repeat(64);
  for (const [index, { hash, previousHash, ...entry }] of entries.entries()) {
    expect([entry.seq, previousHash]).toEqual([index + 1, previous]);
    expect(auditEntryHash(previous, entry)).toBe(hash);
    previous = hash;
  }
});

it('an entry says who did what where, and by which request', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  await hub.must('POST /api/v1/projects/shop/envs', {
    body: { name: 'staging' },
    headers: { 'x-request-id': 'request-1', traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
  });
  const [entry] = await hub.store`select * from audit_log order by seq desc limit 1`;
  expect(entry).toMatchObject({
    actor_id: expect.stringMatching(/^op_/),
    actor_type: 'operator',
    action: 'env.create',
    project: 'shop',
    env: 'staging',
    ip: '127.0.0.1',
    request_id: 'request-1',
    trace_id: traceId,
  });
});
