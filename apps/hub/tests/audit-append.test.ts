import type { Json } from '@santokit/contract';
import { auditEntryHash } from '@santokit/crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AuditEntry, appendAudit, GENESIS_HASH } from '../src/audit/append-audit.ts';
import { verifyAudit } from '../src/audit/verify-audit.ts';
import type { Deps } from '../src/deps.ts';
import { openStore } from '../src/store/store.ts';
import { RunningHub } from './support/running-hub.ts';

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.start();
});
afterAll(() => hub.stop());

const append = (entry: AuditEntry) => hub.deps.store.db.transaction((tx) => appendAudit(hub.deps, tx, entry));
const lastOf = async () => (await hub.store`select *, seq::int as number from audit_log order by seq desc limit 1`)[0];

/** What PostgreSQL can hold. */
const text = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 12 }))
  .map((value) => value.replaceAll('\0', ' '));
const detail = fc
  .dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text, { maxLength: 3 })))
  .map((members) => ({ ...members }) as Readonly<Record<string, Json>>);
const origin = fc.record({
  requestId: text,
  traceId: fc.option(text),
  ip: fc.option(fc.constantFrom('192.0.2.1', '2001:db8::1')),
});
const entry = fc.record({
  actorId: fc.option(text),
  actorType: fc.constantFrom('operator', 'system', 'bridge'),
  action: fc.constantFrom('enduser.login', 'access.refuse'),
  project: fc.option(text),
  env: fc.option(text),
  detail,
  origin: fc.option(origin),
});

it('an entry has the hash that the crypto package makes of it, whatever it holds', async () => {
  let previousHash = GENESIS_HASH;
  let seq = 0;
  await fc.assert(
    fc.asyncProperty(entry, async (appended) => {
      await append(appended);
      const kept = await lastOf();
      const { actorId, actorType, action, project = null, env = null, origin } = appended;
      const { requestId, traceId, ip } = origin ?? { requestId: null, traceId: null, ip: null };
      seq += 1;
      expect(kept?.number).toBe(seq);
      expect(kept?.previous_hash).toBe(previousHash);
      const of = { actorId, actorType, action, project, env, detail: appended.detail, requestId, traceId, ip };
      previousHash = auditEntryHash(previousHash, { ...of, seq, id: kept?.id, ts: kept?.ts.toISOString() });
      expect(kept?.hash).toBe(previousHash);
    }),
    { numRuns: 150 },
  );
  expect(await verifyAudit(hub.deps)).toMatchObject({ ok: true, entries: seq, head: { hash: previousHash } });
});

it('an entry is verified whatever the names in it are', async () => {
  const detail = { a: 5, '\t': 5, b: [{ c: 1, '"': 2 }] };
  await append({ actorId: null, actorType: 'system', action: 'enduser.login', detail, origin: null });
  expect(await verifyAudit(hub.deps)).toMatchObject({ ok: true, problems: [] });
});

it('writers who come at once make one chain', async () => {
  const entries = Array.from({ length: 40 }, (_, at): AuditEntry => {
    const action = 'enduser.login';
    return { actorId: null, actorType: 'system', action, detail: { at }, origin: null };
  });
  const before = (await verifyAudit(hub.deps)).entries;
  await Promise.all(entries.map(append));
  expect(await verifyAudit(hub.deps)).toMatchObject({ ok: true, entries: before + entries.length, problems: [] });
});

it('what is rolled back leaves no gap', async () => {
  const action = 'enduser.login';
  const one: AuditEntry = { actorId: null, actorType: 'system', action, detail: {}, origin: null };
  const broken = hub.deps.store.db.transaction(async (tx) => {
    await appendAudit(hub.deps, tx, one);
    throw new Error('after it');
  });
  await expect(broken).rejects.toThrow('after it');
  await append(one);
  expect(await verifyAudit(hub.deps)).toMatchObject({ ok: true });
});

it('two Hubs whose transactions append once, twice or in vain make one chain', async () => {
  const store = openStore(hub.deps.config.databaseUrl);
  const hubs = [hub.deps, { ...hub.deps, store }];
  const before = (await verifyAudit(hub.deps)).entries;
  const entryOf = (at: number): AuditEntry => {
    const detail = { z: 'x'.repeat(at * 1_000), a: { 'é"\\\u2028': [1e21, 1e-7, -0, at] } };
    return { actorId: null, actorType: 'system', action: 'enduser.login', detail, origin: null };
  };
  const appended = (deps: Deps, at: number) =>
    deps.store.db.transaction(async (tx) => {
      await appendAudit(deps, tx, entryOf(at));
      if (at % 3 === 0) await appendAudit(deps, tx, entryOf(at));
      if (at % 4 === 0) throw new Error('in vain');
      return at % 3 === 0 ? 2 : 1;
    });
  const all = hubs.flatMap((deps) => Array.from({ length: 30 }, (_, at) => appended(deps, at).catch(() => 0)));
  const kept = (await Promise.all(all)).reduce((sum, count) => sum + count, 0);
  await store.close();
  expect(await verifyAudit(hub.deps)).toMatchObject({ ok: true, entries: before + kept, problems: [] });
});
