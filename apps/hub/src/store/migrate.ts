import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { type AuditGuard, guardAudit } from './guard-audit.ts';
import { driverOptions } from './store.ts';

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../drizzle', import.meta.url));
/** Any number that no other program on this database uses: "santokit" in ASCII, cut to 63 bits. */
const MIGRATION_LOCK = '8313457079866387828';

/**
 * Brings the Hub's database to the newest tables. Hubs that start together wait for each other.
 * @returns what guards the audit log
 */
export async function migrate(databaseUrl: string): Promise<AuditGuard> {
  const sql = postgres(databaseUrl, driverOptions({ max: 1, statementTimeoutMs: 0 }));
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK}::bigint)`;
    await runMigrations(drizzle(sql), { migrationsFolder: MIGRATIONS_FOLDER });
    return await guardAudit(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
