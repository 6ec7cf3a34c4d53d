import postgres from 'postgres';

export const USERS = 1_000;
export const POSTS = 100_000;
export const STATUSES = ['draft', 'review', 'published', 'archived', 'pinned'] as const;
/** Of posts that calls insert, so that no list holds them. */
export const INSERTED_STATUS = 'queued';

/** The id of the n-th user or post, from 0. */
export function userId(n: number): string {
  return `u${String(n).padStart(6, '0')}`;
}
export function postId(n: number): string {
  return `p${String(n).padStart(8, '0')}`;
}

/**
 * Makes the tables of `project/` and fills them: 100 posts for each of 1,000 users, 20 in each status. Instants have milliseconds
 * that do not end in 0, so that PostgreSQL prints them as `Date` does.
 */
export async function fillDatabase(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(TABLES);
    await sql.unsafe(rows());
    await sql.unsafe('vacuum analyze users');
    await sql.unsafe('vacuum analyze posts');
  } finally {
    await sql.end();
  }
}

/** Takes away the posts that calls have inserted, so that what is measured next meets the same rows and statistics. */
export async function removeInsertedPosts(url: string): Promise<void> {
  const sql = postgres(url, { max: 1 });
  try {
    await sql`delete from posts where status = ${INSERTED_STATUS}`;
    await sql.unsafe('vacuum analyze posts');
  } finally {
    await sql.end();
  }
}

const TABLES = `
  create table users (id text primary key, name text not null, email text not null);
  create unique index users_email_key on users (email);
  create table posts (
    id text primary key, owner_id text not null references users on delete restrict, title text not null, body text not null,
    status text not null default 'draft', likes integer not null default 0, price numeric(10, 2), internal_note text,
    created_at timestamptz not null default now());
`;

function rows(): string {
  const statuses = STATUSES.map((status) => `'${status}'`).join(', ');
  return `
    insert into users select 'u' || lpad(n::text, 6, '0'), 'User ' || n, 'user' || n || '@example.com' from generate_series(0, ${USERS - 1}) n;
    insert into posts
      select 'p' || lpad(n::text, 8, '0'), 'u' || lpad((n % ${USERS})::text, 6, '0'), 'Post number ' || n,
        repeat('Words of a "post" – some of them longer. ', 3), (array[${statuses}])[1 + (n / ${USERS}) % ${STATUSES.length}], n % 500,
        case when n % 3 = 0 then (n % 10000) / 100.0 end, 'not for readers',
        timestamptz '2026-01-01 00:00:00+00' + n * interval '61.001 seconds' + (1 + n % 9) * interval '1 millisecond'
      from generate_series(0, ${POSTS - 1}) n;
    update posts set created_at = date_trunc('millisecond', created_at) + interval '1 millisecond'
      where extract(milliseconds from created_at)::int % 10 = 0;
    create index posts_owner_id_idx on posts (owner_id);
    create index posts_status_created_at_idx on posts (status, created_at);
  `;
}
