import { randomBytes } from 'node:crypto';
import postgres from 'postgres';

export interface TestDatabaseOptions {
  /** ICU locale that orders its texts, such as `en-US`. Default: by code point. */
  readonly icuLocale?: string;
}

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Deletes the database, cutting its connections. */
  drop(): Promise<void>;
}

/** An empty database of its own for a test, on the server that `STK_TEST_POSTGRES_URL` names. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = process.env.STK_TEST_POSTGRES_URL;
  if (!server) throw new Error('STK_TEST_POSTGRES_URL is not set: run the tests with vitest from the root.');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const locale = options.icuLocale?.replaceAll("'", "''");
  const collation = locale === undefined ? '' : ` TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE '${locale}'`;
  await runOnServer(server, `CREATE DATABASE ${name}${collation}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { name, url: url.href, drop: () => runOnServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function runOnServer(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}
