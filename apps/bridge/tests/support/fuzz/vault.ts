import { BLOG_DDL, BLOG_SCHEMA, blogRelease } from '@santokit/calls/testing';
import type { CompiledPermissions, CompiledRelease, CompiledRule, Table } from '@santokit/contract';
import { compileExpression } from '@santokit/policy';
import postgres from 'postgres';

/** Stands in rows and columns that no caller may see. */
export const SECRET = 'Sentinel-7f3a9c';

const ROWS = `
  insert into users select 'u' || n, (array['Ann', 'Bob', 'Abe'])[1 + n % 3], 'u' || n || '@x.org', '${SECRET}' from generate_series(1, 6) n;
  insert into users values ('vault', '${SECRET}', '${SECRET}', '${SECRET}');
  insert into posts (id, author_id, title, status, likes, note)
    select 'p' || n, 'u' || (1 + n % 6), (array['One', 'Two', 'oo'])[1 + n % 3], (array['draft', 'published'])[1 + n % 2], n % 5, 'note' || n
      from generate_series(1, 24) n;
  insert into posts (id, author_id, title, note) values ('vault', 'vault', '${SECRET}', '${SECRET}');
  insert into comments (post_id, author_id, body) select 'p' || (1 + n % 24), 'u' || (1 + n % 6), 'body' || n from generate_series(1, 40) n;
  insert into comments (id, post_id, author_id, body) values (-1, 'vault', 'vault', '${SECRET}');
  insert into samples (id, s, i, b, f, d, t, j, ts, lts, day, u, x, tags, nums, fixed)
    select n, 's' || n, n % 3, n, n / 2.0, n / 4.0, n % 2 = 0, jsonb_build_object('deep', jsonb_build_object('er', n)), now(), now()::timestamp,
      current_date, gen_random_uuid(), '\\x0102', '["a", "b"]', array[n, 2], 'abc' from generate_series(1, 12) n;
  insert into samples (id, s, i, b, f, d, j, x, tags, nums) values
    (-1, '${SECRET}', 7, 7, 7, 7, '{"deep": {"er": "${SECRET}"}}', '${SECRET}', '["${SECRET}"]', '{7}');
  insert into members select (array['red', 'blue'])[1 + n % 2], 'u' || n, date '2025-01-01' + n from generate_series(1, 6) n;
  insert into members values ('vault', '${SECRET}', '2001-01-01');
`;

/** Which rows of a table everybody but their owner is shown. */
const OUTSIDE: Readonly<Record<string, string>> = {
  users: 'resource.id != "vault"',
  posts: 'resource.id != "vault"',
  comments: 'resource.id != -1',
  samples: 'resource.id != -1',
  members: 'resource.team != "vault"',
};
const INSIDE: Readonly<Record<string, string>> = {
  users: "id = 'vault'",
  posts: "id = 'vault'",
  comments: 'id = -1',
  samples: 'id = -1',
  members: "team = 'vault'",
};

const UNLIMITED = { apiKeyPerMinute: 1_000_000_000, endUserPerMinute: 1_000_000_000 };

/** A release of the blog whose callers may do everything with every row and column, but for the vault's. */
export function vaultRelease(): CompiledRelease {
  const tables = Object.values(BLOG_SCHEMA).map((table) => [table.name, rulesOf(table)]);
  const release = blogRelease(Object.fromEntries(tables));
  return { ...release, limits: { rateLimits: UNLIMITED, ceilings: { bodyBytes: 100_000 } } };
}

function rulesOf(table: Table): CompiledPermissions['tables'][string] {
  const condition = compileExpression(OUTSIDE[table.name] ?? 'true', table);
  const own = compileExpression(OWNED[table.name] ?? 'resource.id == request.auth.sub', table);
  const columns = Object.keys(table.columns).filter((name) => name !== 'phone');
  const admin: CompiledRule = { roles: ['admin'], condition, columns };
  const user: CompiledRule = { roles: ['user'], condition: own, columns };
  const { condition: _, ...inserting } = admin;
  return {
    select: [admin, { ...user, condition, mask: MASKS[table.name] ?? {}, limit: 5 }],
    insert: [
      { ...inserting, check: condition },
      { ...inserting, roles: ['user'], check: own },
    ],
    update: [admin, user],
    delete: [
      { roles: ['admin'], condition },
      { roles: ['user'], condition: own },
    ],
  };
}

const OWNED: Readonly<Record<string, string>> = {
  posts: 'resource.author_id == request.auth.sub',
  comments: 'resource.author_id == request.auth.sub',
  samples: 'resource.id > 0 && resource.i > 0',
  members: 'resource.person == request.auth.sub',
};
const MASKS: Readonly<Record<string, CompiledRule['mask']>> = {
  users: { email: 'last4' },
  posts: { note: 'hide' },
  samples: { s: 'last4', d: 'hide' },
};

/** The database behind the release, asked past it. */
export class Vault {
  readonly #sql: postgres.Sql;

  constructor(url: string) {
    this.#sql = postgres(url, { max: 1, onnotice: () => undefined });
  }

  async fill(): Promise<void> {
    await this.#sql.unsafe('drop table posts');
    await this.#sql.unsafe(BLOG_DDL);
    await this.#sql.unsafe(ROWS);
  }

  /** The vault's rows, and those of the hidden column, as text. */
  async content(): Promise<string> {
    const rows = Object.entries(INSIDE).map(
      ([table, where]) => `select to_jsonb(r)::text as row from ${table} r where ${where}`,
    );
    const found = await this.#sql.unsafe(rows.join(' union all '));
    const phones = await this.#sql`select count(*) from users where phone <> ${SECRET}`;
    return JSON.stringify([...found.map(({ row }) => row), ...phones]);
  }

  /** Users of that name. */
  async named(name: string): Promise<number> {
    const [row] = await this.#sql`select count(*)::integer as n from users where name = ${name}`;
    return Number(row?.n);
  }

  async close(): Promise<void> {
    await this.#sql.end();
  }
}
