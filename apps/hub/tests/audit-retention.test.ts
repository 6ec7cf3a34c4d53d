import { newEd25519KeyPair, signAuditCheckpoint } from '@santokit/crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { appendAudit } from '../src/audit/append-audit.ts';
import { keepAudit } from '../src/audit/keep-audit.ts';
import { verifyAudit } from '../src/audit/verify-audit.ts';
import { readConfig } from '../src/config.ts';
import { RunningHub } from './support/running-hub.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
let hub: RunningHub;
beforeEach(async () => {
  hub = await RunningHub.start();
});
afterEach(() => hub.stop());

/** Entries of the past, three a day, the oldest first. */
async function livedFor(days: number) {
  // A day is over for the Hub some minutes after it is.
  const today = Math.floor((Date.now() - 10 * 60_000) / DAY_MS) * DAY_MS;
  for (let ago = days; ago >= 0; ago -= 1)
    for (const hour of [0, 12, 23]) {
      const clock = () => new Date(today - ago * DAY_MS + (ago === 0 ? 0 : hour * 3_600_000));
      const deps = { ...hub.deps, clock };
      const detail = { ago, hour };
      const entry = { actorId: null, actorType: 'system', action: 'schema.drift', detail, origin: null } as const;
      await hub.deps.store.db.transaction((tx) => appendAudit(deps, tx, entry));
    }
}
const kept = async () =>
  (await hub.store`select distinct (detail ->> 'ago')::int as ago from audit_log where detail ? 'ago' order by 1`).map(
    ({ ago }) => ago,
  );
const keepDays = (auditRetentionDays: number) => ({ ...hub.deps, config: { ...hub.deps.config, auditRetentionDays } });
/** As only a superuser can, with triggers off. */
const tamper = (statement: string) =>
  hub.store.unsafe(`set session_replication_role = replica; ${statement}; reset session_replication_role`);
const problems = async () => (await verifyAudit(hub.deps)).problems;

it('whole days that are older than the retention go, and the rest is proven still', async () => {
  await livedFor(6);
  await keepAudit(keepDays(3));
  expect(await kept()).toEqual([0, 1, 2, 3]);
  const [last] = await hub.store`select action, actor_type, detail from audit_log order by seq desc limit 1`;
  expect(last).toMatchObject({ action: 'audit.remove', actor_type: 'system', detail: { entries: 9 } });
  expect(await verifyAudit(hub.deps)).toMatchObject({
    ok: true,
    entries: 13,
    removed: 9,
    checkpoints: 2,
    problems: [],
  });
});

it('doing it again changes nothing until there is more to do', async () => {
  await livedFor(6);
  await Promise.all([keepAudit(keepDays(3)), keepAudit(keepDays(3))]);
  const before = await hub.store`select count(*) from audit_log`;
  await keepAudit(keepDays(3));
  expect(await hub.store`select count(*) from audit_log`).toEqual(before);
  await keepAudit(keepDays(1));
  expect(await kept()).toEqual([0, 1]);
  expect(await verifyAudit(hub.deps)).toMatchObject({ ok: true, removed: 15 });
  await livedFor(0);
  expect((await verifyAudit(hub.deps)).ok).toBe(true);
});

it('a log that is younger than the retention keeps everything', async () => {
  await livedFor(2);
  await keepAudit(hub.deps);
  expect(await kept()).toEqual([0, 1, 2]);
  expect(await verifyAudit(hub.deps)).toMatchObject({ ok: true, removed: 0, checkpoints: 1 });
});

it('more entries than fit in one transaction all go', async () => {
  await livedFor(3);
  await hub.store`
    insert into audit_log (seq, id, ts, actor_type, action, detail, previous_hash, hash)
    select -n, 'aud_old' || n, now() - interval '1 year', 'system', 'schema.drift', '{}', '', ''
    from generate_series(0, 12000) n`;
  await keepAudit(keepDays(1));
  expect(await hub.store`select count(*)::int as n from audit_log where seq <= 0`).toEqual([{ n: 0 }]);
});

it('what is left changed after a removal is named', async () => {
  await livedFor(6);
  await keepAudit(keepDays(3));
  await tamper(`update audit_log set detail = detail || '{"x":1}' where seq = 10`);
  expect(await problems()).toMatchObject([{ seq: 10 }]);
});

it('entries that nobody signed off are missing', async () => {
  await livedFor(6);
  await keepAudit(keepDays(3));
  await tamper('delete from audit_log where seq < 12');
  expect(await problems()).toEqual([{ seq: 10, id: null, what: 'it and the entries up to 11 are missing' }]);
});

it('a log that was cut off, or hashed anew from some entry on, does not fit what was signed each day', async () => {
  await livedFor(4);
  await keepAudit(hub.deps);
  await tamper('create table whole as table audit_log; delete from audit_log where seq > 8');
  expect(await problems()).toEqual([{ seq: 9, id: null, what: 'it and the entries up to 12 are missing' }]);
  await livedFor(4);
  expect(await problems()).toMatchObject([{ seq: 12, what: 'it is not what was signed when its day was over' }]);
  await tamper('delete from audit_log');
  expect(await problems()).toMatchObject([{ seq: 1, id: null }]);
});

it('a checkpoint that was changed, or made with a key that is put in, is none', async () => {
  await livedFor(6);
  await keepAudit(keepDays(3));
  await tamper(`update audit_checkpoints set hash = 'x' where kind = 'removal'`);
  expect(await problems()).toMatchObject([{ seq: 1 }, { seq: 9, what: 'its checkpoint was not signed by this Hub' }]);
  const { publicKey, privateKey } = newEd25519KeyPair();
  const [entry] = await hub.store`select previous_hash as hash from audit_log where seq = 10`;
  const forged = { kind: 'removal', seq: 9, hash: String(entry?.hash), ts: '2026-01-01T00:00:00.000Z' } as const;
  await hub.store`
    insert into release_signing_keys (key_id, public_key, sealed_private_key) values ('mine', ${publicKey}, 'x|y')`;
  await tamper(`update audit_checkpoints set hash = '${forged.hash}', ts = '${forged.ts}', key_id = 'mine',
    signature = '${signAuditCheckpoint(privateKey, forged)}' where kind = 'removal'`);
  expect(await problems()).toMatchObject([{ seq: 1 }, { seq: 9, what: 'its checkpoint was not signed by this Hub' }]);
});

it('the database lets nobody remove what no checkpoint covers, nor make one of today, nor change one', async () => {
  await livedFor(6);
  await keepAudit(keepDays(3));
  const refused = [
    ['delete from audit_log where seq = 10', 'append-only'],
    ['delete from audit_checkpoints', 'append-only'],
    [`update audit_checkpoints set hash = 'x'`, 'append-only'],
    ['truncate audit_checkpoints', 'append-only'],
    [
      `insert into audit_checkpoints select seq, 'removal', hash, ts, 'k', 's' from audit_log where seq = 21`,
      'is over',
    ],
    [`insert into audit_checkpoints values (15, 'removal', 'x', now(), 'k', 's')`, 'is over'],
  ] as const;
  for (const [statement, reason] of refused) await expect(hub.store.unsafe(statement)).rejects.toThrow(reason);
});

it('STK_AUDIT_RETENTION_DAYS is 90 unless it is set, and a number of days', () => {
  const read = (days: string) =>
    readConfig({
      STK_HUB_DATABASE_URL: 'postgres://u:p@h/d',
      STK_HUB_MASTER_KEY: Buffer.alloc(32).toString('base64'),
      STK_AUDIT_RETENTION_DAYS: days,
    }).auditRetentionDays;
  expect([read(''), read('7')]).toEqual([90, 7]);
  for (const days of ['0', '-1', '1.5', 'x', '100000'])
    expect(() => read(days)).toThrow('STK_AUDIT_RETENTION_DAYS is not a number of days');
});
