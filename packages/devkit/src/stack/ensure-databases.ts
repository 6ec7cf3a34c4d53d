import postgres from 'postgres';

/** Creates those of the databases that a server lacks, and answers the URL of each. */
export async function ensureDatabases<Name extends string>(
  serverUrl: string,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  await createMissing(serverUrl, names);
  return Object.fromEntries(names.map((name) => [name, databaseUrl(serverUrl, name)])) as Record<Name, string>;
}

async function createMissing(serverUrl: string, names: readonly string[]): Promise<void> {
  const sql = postgres(serverUrl, { max: 1, onnotice: () => {} });
  try {
    const present = await sql<{ datname: string }[]>`select datname from pg_database`;
    for (const name of names) {
      if (!present.some((row) => row.datname === name)) await sql`create database ${sql(name)}`;
    }
  } finally {
    await sql.end();
  }
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
