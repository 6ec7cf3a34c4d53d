import { readFileSync } from 'node:fs';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { appendAudit } from '../src/audit/append-audit.ts';
import { keepAudit } from '../src/audit/keep-audit.ts';
import { verifyAudit } from '../src/audit/verify-audit.ts';
import { readConfig } from '../src/config.ts';
import { buildDeps, type Deps } from '../src/deps.ts';
import { ensureReleaseKey } from '../src/releases/release-key.ts';
import { migrate } from '../src/store/migrate.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
let database: TestDatabase;
let administrator: postgres.Sql;
let role: string;
let deps: Deps;
let hub: postgres.Sql;
beforeEach(async () => {
  database = await createTestDatabase();
  administrator = postgres(database.url, { max: 1, onnotice: () => undefined });
  role = `hub_${database.name}`;
});
afterEach(async () => {
  await Promise.all([deps.store.close(), hub.end(), administrator.end()]);
  await database.drop();
  const server = postgres(process.env.STK_TEST_POSTGRES_URL ?? '', { max: 1, onnotice: () => undefined });
  await server.unsafe(`drop role if exists "${role}"; drop role if exists "${database.name}_audit_owner"`);
  await server.end();
});

/** Makes the Hub's role, with a database of its own, and works with it as the Hub does. */
async function asHub(attributes: string) {
  await administrator.unsafe(`create role "${role}" login password 'x' ${attributes}`);
  await administrator.unsafe(`alter database ${database.name} owner to "${role}"`);
  const url = new URL(database.url);
  url.username = role;
  url.password = 'x';
  const config = readConfig({
    STK_HUB_DATABASE_URL: url.href,
    STK_HUB_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    STK_AUDIT_RETENTION_DAYS: '1',
    STK_LOG_LEVEL: 'fatal',
  });
  deps = buildDeps(config, new AbortController().signal);
  hub = postgres(url.href, { max: 1, onnotice: () => undefined });
  return migrate(url.href);
}

/** Does with the log what the Hub has to, and sees it whole. */
async function workWithLog() {
  await ensureReleaseKey(deps);
  for (const ago of [5, 4, 0]) {
    const clock = () => new Date(Date.now() - ago * DAY_MS);
    const entry = { actorId: null, actorType: 'system', action: 'schema.drift', detail: {}, origin: null } as const;
    await deps.store.db.transaction((tx) => appendAudit({ ...deps, clock }, tx, entry));
  }
  await keepAudit(deps);
  expect(await verifyAudit(deps)).toMatchObject({ ok: true, entries: 2, removed: 2 });
}

const CHANGES = [
  `update audit_log set action = 'x'`,
  'delete from audit_log',
  'truncate audit_log',
  'drop trigger audit_log_append_only on audit_log',
  'alter table audit_log disable trigger all',
  'alter table audit_log add column x text',
  'create or replace function refuse_audit_change() returns trigger language plpgsql as $$ begin return old; end $$',
  'delete from audit_checkpoints',
  'alter table audit_checkpoints disable trigger all',
  'set session_replication_role = replica',
];

async function expectEveryChangeRefused() {
  for (const statement of CHANGES)
    await expect(hub.unsafe(statement), statement).rejects.toThrow(/permission denied|must be owner/);
}

it('a role that may make roles gives the log away, and can then add, read and remove by age, but change nothing', async () => {
  expect(await asHub('createrole')).toBe('owner');
  await expectEveryChangeRefused();
  await workWithLog();
  expect(await migrate(deps.config.databaseUrl)).toBe('owner');
  await expectEveryChangeRefused();
});

it('not even the owner of the schema, who can drop the triggers, removes what happened today', async () => {
  await asHub('createrole');
  await workWithLog();
  await hub.unsafe('drop function refuse_audit_change() cascade; drop function check_audit_checkpoint() cascade');
  await hub`insert into audit_checkpoints values (1000, 'removal', 'x', now(), 'x', 'x')`;
  await hub`select remove_covered_audit_entries(1000)`;
  await expect(hub`delete from audit_log`).rejects.toThrow('permission denied');
  expect(await hub`select count(*)::int as n from audit_log`).toEqual([{ n: 2 }]);
  expect((await verifyAudit(deps)).ok).toBe(false);
});

it('a role that may not keeps the triggers alone, until an administrator does what the docs say', async () => {
  expect(await asHub('')).toBe('triggers');
  await expect(hub.unsafe('delete from audit_checkpoints')).rejects.toThrow('append-only');
  const docs = readFileSync(new URL('../../../docs/audit.md', import.meta.url), 'utf8');
  const [, script = ''] = /```sql\n(.*?)```/s.exec(docs) ?? [];
  expect(script).toContain('hub_role');
  await administrator.unsafe(
    script.replaceAll('hub_role', `"${role}"`).replaceAll('audit_owner', `"${database.name}_audit_owner"`),
  );
  expect(await migrate(deps.config.databaseUrl)).toBe('owner');
  await expectEveryChangeRefused();
  await workWithLog();
});
