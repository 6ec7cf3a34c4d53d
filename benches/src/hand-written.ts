import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import patched from 'postgres';
import released from 'postgres-as-released';
import { ulid } from 'ulid';

/**
 * What the Bridge is measured against: the handler that a good engineer writes for exactly these calls, with the driver's defaults
 * (prepared statements, pipelining) and no checking at all. Whose posts they are is read from a header.
 */
const { BENCH_PORT = '0', BENCH_DATABASE_URL = '', BENCH_POOL_MAX = '8', BENCH_DRIVER } = process.env;
const postgres: typeof patched = BENCH_DRIVER === 'patched' ? patched : (released as object as typeof patched);
const sql = postgres(BENCH_DATABASE_URL, { max: Number(BENCH_POOL_MAX) });
const COLUMNS = ['id', 'owner_id', 'title', 'body', 'status', 'likes', 'price', 'created_at'];

interface ListParams {
  readonly where: { readonly id?: string; readonly status?: string };
  readonly limit?: number;
  readonly expand?: readonly string[];
}

interface InsertParams {
  readonly data: {
    readonly title: string;
    readonly body: string;
    readonly status: string;
    readonly likes: number;
    readonly created_at: string;
  };
}

const app = new Hono();

app.post('/call/db/posts/select', async (c) => {
  const { where, limit = 20, expand } = await c.req.json<ListParams>();
  if (where.id !== undefined)
    return c.json({ data: await sql`select ${sql(COLUMNS)} from posts where id = ${where.id}` });
  const owner = c.req.header('x-owner') ?? '';
  const status = where.status ?? '';
  if (expand === undefined)
    return c.json({
      data: await sql`
        select ${sql(COLUMNS)} from posts where owner_id = ${owner} and status = ${status}
        order by created_at desc, id desc limit ${limit}`,
    });
  const rows = await sql`
    select p.id, p.owner_id, p.title, p.body, p.status, p.likes, p.price, p.created_at, u.id as author_id, u.name as author_name
    from posts p left join users u on u.id = p.owner_id
    where p.owner_id = ${owner} and p.status = ${status} order by p.created_at desc, p.id desc limit ${limit}`;
  const data = rows.map(({ author_id, author_name, ...post }) => ({
    ...post,
    author: { id: author_id, name: author_name },
  }));
  return c.json({ data });
});

app.post('/call/db/posts/insert', async (c) => {
  const { data } = await c.req.json<InsertParams>();
  const row = { id: ulid(), owner_id: c.req.header('x-owner') ?? '', ...data };
  const [inserted] = await sql`insert into posts ${sql(row)} returning ${sql(COLUMNS)}`;
  return c.json({ data: inserted });
});

const server = serve({ fetch: app.fetch, port: Number(BENCH_PORT), hostname: '127.0.0.1' });
process.once('SIGTERM', () => {
  server.close();
  void sql.end({ timeout: 1 });
});
