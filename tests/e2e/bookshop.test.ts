import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Credential, callBridge } from './support/bridge-client.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { repositoryRoot, stk, stkJson } from './support/stk.ts';

const ROLES = ['admin', 'clerk', 'user', 'stranger'] as const;
type Role = (typeof ROLES)[number];
const OPERATIONS = ['select', 'insert', 'update', 'delete'] as const;

const COLUMNS = {
  authors: ['id', 'name', 'country', 'born'],
  books: ['id', 'title', 'author_id', 'genre', 'price', 'stock', 'tags', 'status', 'published_on', 'created_at'],
  reviews: ['id', 'book_id', 'customer_id', 'rating', 'body', 'hidden', 'created_at'],
  orders: ['id', 'customer_id', 'status', 'address', 'margin', 'placed_at'],
  order_lines: ['id', 'order_id', 'book_id', 'quantity', 'unit_price'],
  profiles: ['id', 'name', 'avatar'],
} as const;
type TableName = keyof typeof COLUMNS;
const TABLES = Object.keys(COLUMNS) as TableName[];

interface Reach {
  /** Which rows, in plain SQL; `:me` is the end user. */
  readonly rows: string;
  readonly columns: readonly string[];
}

const without = (table: TableName, ...hidden: string[]) => COLUMNS[table].filter((column) => !hidden.includes(column));
const everything = (table: TableName): Reach => ({ rows: 'true', columns: COLUMNS[table] });
const listed: Reach = { rows: "status = 'listed'", columns: without('books', 'stock', 'status', 'created_at') };

/** What the permissions of the example say, once more and in SQL: who may read what. Absent: refused. */
const READABLE: { readonly [T in TableName]: { readonly [R in Role]?: Reach } } = {
  authors: {
    admin: everything('authors'),
    clerk: everything('authors'),
    user: everything('authors'),
    stranger: everything('authors'),
  },
  books: { admin: everything('books'), clerk: everything('books'), user: listed, stranger: listed },
  reviews: {
    admin: everything('reviews'),
    clerk: { rows: 'not hidden', columns: without('reviews', 'customer_id', 'hidden') },
    user: { rows: 'not hidden or customer_id = :me', columns: COLUMNS.reviews },
    stranger: { rows: 'not hidden', columns: without('reviews', 'customer_id', 'hidden') },
  },
  orders: {
    admin: everything('orders'),
    clerk: { rows: 'true', columns: without('orders', 'margin') },
    user: { rows: 'customer_id = :me', columns: without('orders', 'customer_id', 'margin') },
  },
  order_lines: { admin: everything('order_lines'), clerk: everything('order_lines') },
  profiles: {
    admin: everything('profiles'),
    clerk: everything('profiles'),
    user: everything('profiles'),
    stranger: everything('profiles'),
  },
};

/** Who may change what: the rows, in SQL, and the columns that may be written. */
const UPDATABLE: { readonly [T in TableName]: { readonly [R in Role]?: Reach } } = {
  authors: { admin: everything('authors') },
  books: { admin: everything('books'), clerk: { rows: 'true', columns: ['stock'] } },
  reviews: { admin: everything('reviews'), user: { rows: 'customer_id = :me', columns: ['rating', 'body'] } },
  orders: {
    admin: everything('orders'),
    clerk: { rows: 'true', columns: ['status'] },
    user: { rows: "customer_id = :me and status = 'placed'", columns: ['status', 'address'] },
  },
  order_lines: {},
  profiles: { user: { rows: 'id = :me', columns: ['name', 'avatar'] } },
};

/** Who may delete which rows. */
const DELETABLE: { readonly [T in TableName]: { readonly [R in Role]?: string } } = {
  authors: { admin: 'true' },
  books: { admin: 'true' },
  reviews: { admin: 'true', user: 'customer_id = :me' },
  orders: { admin: 'true' },
  order_lines: { admin: 'true' },
  profiles: { user: 'id = :me' },
};

/** A value that each column takes, by which a write is tried. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  name: 'Someone',
  country: 'FI',
  born: '1970-01-01',
  title: 'A Title',
  genre: 'poetry',
  price: '9.99',
  stock: 3,
  tags: ['x'],
  status: 'cancelled',
  published_on: '2020-01-01',
  created_at: '2025-01-01T00:00:00Z',
  rating: 4,
  body: 'Text',
  hidden: true,
  address: '1 Mill Lane',
  margin: '1.00',
  placed_at: '2025-01-01T00:00:00Z',
  quantity: 2,
  unit_price: '5.00',
  customer_id: 'usr_other',
  avatar: null,
};

describe('the bookshop shows each role what plain SQL says it may see, and nothing else', () => {
  let dir: string;
  let stack: DevStack;
  let sql: postgres.Sql;
  let me: string;
  let credentials: Record<Role, Credential>;

  const call = (role: Role, path: string, params: unknown) =>
    callBridge(stack.ready.bridgeUrl, path, params, credentials[role]);
  const ids = async (table: TableName, rows: string): Promise<string[]> =>
    (
      await sql.unsafe(`select id from ${table} where ${rows.replaceAll(':me', `'${me}'`)} order by id collate "C"`)
    ).map((row) => row.id);

  beforeAll(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'stk-bookshop-')), 'bookshop');
    await cp(join(repositoryRoot, 'examples/bookshop'), dir, {
      recursive: true,
      filter: (path) => !path.includes('.stk'),
    });
    // Asks for more in a minute than people do.
    await writeFile(join(dir, 'config/limits.yaml'), 'rateLimits: { endUser: 10000/min, apiKey: 10000/min }\n');
    stack = await startDevStack(dir, ['--no-watch']);
    const { bridgeUrl, apiKey, databaseUrl } = stack.ready;
    await promisify(execFile)(process.execPath, [join(dir, 'seed.mjs'), bridgeUrl, apiKey]);
    const user = JSON.parse(await readFile(join(dir, '.stk/dev/test-user.json'), 'utf8')) as {
      id: string;
      accessToken: string;
    };
    me = user.id;
    sql = postgres(databaseUrl, { max: 1 });
    await sql`update orders set customer_id = ${me} where id in (select id from orders order by id limit 40)`;
    await sql`insert into profiles (id, name) values (${me}, 'Me'), ('usr_other', 'Another')`;
    await sql`update reviews set customer_id = ${me} where id in (select id from reviews order by id limit 60)`;
    const key = async (role: string) =>
      (
        await stkJson<{ key: string }>(['apikey', 'create', '--name', role, '--roles', role], {
          cwd: dir,
          env: stack.env,
        })
      ).key;
    credentials = {
      admin: { apiKey },
      clerk: { apiKey: await key('clerk') },
      stranger: { apiKey: await key('stranger') },
      user: { token: user.accessToken },
    };
    // A new key is known to the Bridge after its next pull of keys.
    for (const role of ROLES) await untilServed(role);
  }, 120_000);

  afterAll(async () => {
    await sql?.end();
    await stack?.stop();
    if (dir !== undefined) await rm(join(dir, '..'), { recursive: true, force: true });
  });

  async function untilServed(role: Role): Promise<void> {
    while ((await call(role, 'db/authors/select', { limit: 1 })).status !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function selectAll(role: Role, table: TableName): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    for (;;) {
      const answer = await call(role, `db/${table}/select`, {
        orderBy: { id: 'asc' },
        limit: 200,
        offset: rows.length,
      });
      expect(answer.status, JSON.stringify(answer.body.error)).toBe(200);
      rows.push(...answer.body.data);
      if (answer.body.data.length < 200) return rows;
    }
  }

  describe.each(TABLES)('%s', (table) => {
    it.each(ROLES)('select as %s', async (role) => {
      const reach = READABLE[table][role];
      if (reach === undefined) {
        expect((await call(role, `db/${table}/select`, {})).status).toBe(403);
        return;
      }
      const rows = await selectAll(role, table);
      expect(rows.map((row) => row.id).toSorted()).toEqual(await ids(table, reach.rows));
      for (const row of rows) expect(Object.keys(row).toSorted()).toEqual(reach.columns.toSorted());
      const count = await call(role, `db/${table}/select`, { count: 'exact', limit: 1 });
      expect(count.body.meta.count).toBe(rows.length);
      for (const column of without(table, ...reach.columns)) {
        for (const params of [{ where: { [column]: null } }, { orderBy: { [column]: 'asc' } }]) {
          expect((await call(role, `db/${table}/select`, params)).status, JSON.stringify(params)).toBe(403);
        }
      }
    });

    it.each(ROLES)('update as %s', async (role) => {
      const reach = UPDATABLE[table][role];
      const [any = ''] = await ids(table, 'true');
      for (const column of without(table, 'id', 'author_id', 'book_id', 'order_id')) {
        const before = await sql.unsafe(`select * from ${table} order by id`);
        const allowed = reach?.columns.includes(column) === true && column !== 'customer_id';
        if (allowed) continue;
        if (role === 'admin' && reach !== undefined) continue;
        const answer = await call(role, `db/${table}/update`, {
          where: { id: any },
          data: { [column]: SAMPLES[column] },
        });
        expect(answer.status, `${column}: ${JSON.stringify(answer.body)}`).toBe(403);
        expect(await sql.unsafe(`select * from ${table} order by id`)).toEqual(before);
      }
      if (reach === undefined) return;
      const reachable = await ids(table, reach.rows);
      const unreachable = await ids(table, `not (${reach.rows})`);
      const [column = ''] = reach.columns.filter((name) => name !== 'id' && SAMPLES[name] !== undefined);
      for (const id of [reachable[0], unreachable[0]]) {
        if (id === undefined) continue;
        const answer = await call(role, `db/${table}/update`, { where: { id }, data: { [column]: SAMPLES[column] } });
        expect(answer.body, `${table} ${column}`).toEqual({ data: { affected: id === reachable[0] ? 1 : 0 } });
      }
    });

    it.each(ROLES)('delete as %s', async (role) => {
      const rows = DELETABLE[table][role];
      const [any = ''] = await ids(table, rows === undefined ? 'true' : `not (${rows})`);
      const before = await ids(table, 'true');
      const answer = await call(role, `db/${table}/delete`, { where: { id: any === '' ? 'nothing' : any } });
      if (rows === undefined) expect(answer.status).toBe(403);
      else expect(answer.body).toEqual({ data: { affected: 0 } });
      expect(await ids(table, 'true')).toEqual(before);
    });

    it.each(ROLES)('returned rows of a write as %s hold what a select would show', async (role) => {
      const reach = UPDATABLE[table][role];
      if (reach === undefined) return;
      const [id] = await ids(table, reach.rows);
      const [column = ''] = reach.columns.filter((name) => name !== 'id' && SAMPLES[name] !== undefined);
      const visible = READABLE[table][role];
      if (id === undefined || visible === undefined) return;
      const answer = await call(role, `db/${table}/update`, {
        where: { id },
        data: { [column]: SAMPLES[column] },
        returning: true,
      });
      const shown = (await ids(table, `(${visible.rows}) and id = '${id}'`)).length === 1;
      expect(answer.body.data.map((row: object) => Object.keys(row).toSorted())).toEqual([
        shown ? visible.columns.toSorted() : ['id'],
      ]);
    });
  });

  it('an expand keeps to the rules of the table that it reaches', async () => {
    const asUser = await call('user', 'db/reviews/select', { select: ['id'], expand: ['book'], limit: 200 });
    const hidden = new Set(await ids('books', "status <> 'listed'"));
    const bookOf = new Map((await sql`select id, book_id from reviews`).map((row) => [row.id, row.book_id]));
    for (const review of asUser.body.data) {
      if (hidden.has(bookOf.get(review.id))) expect(review.book).toBeNull();
      else expect(Object.keys(review.book).toSorted()).toEqual(listed.columns.toSorted());
    }
    expect(asUser.body.data.some((review: { book: unknown }) => review.book === null)).toBe(true);
    const toMany = await call('stranger', 'db/books/select', {
      select: ['id'],
      expand: { reviews: { limit: 1000 } },
      limit: 200,
    });
    const shown = new Set(await ids('reviews', 'not hidden'));
    for (const book of toMany.body.data) for (const review of book.reviews) expect(shown.has(review.id)).toBe(true);
    expect((await call('user', 'db/orders/select', { expand: ['lines'] })).status).toBe(403);
  });

  it('an insert is written as its writer, whatever was sent, and checked as it would stand', async () => {
    const [bookId = ''] = await ids('books', "status = 'listed'");
    const review = await call('user', 'db/reviews/insert', { data: { book_id: bookId, rating: 5, body: 'Mine' } });
    expect(review.body.data).toMatchObject({ customer_id: me, rating: 5, hidden: false });
    for (const data of [
      { book_id: bookId, rating: 5, body: 'Not mine', customer_id: 'usr_other' },
      { book_id: bookId, rating: 5, body: 'Hidden', hidden: true },
    ]) {
      expect((await call('user', 'db/reviews/insert', { data })).status).toBe(403);
    }
    const order = await call('user', 'db/orders/insert', { data: { address: '1 Mill Lane' } });
    expect(order.body.data).toEqual({
      id: expect.any(String),
      status: 'placed',
      address: '1 Mill Lane',
      placed_at: expect.any(String),
    });
    expect(
      (await call('user', 'db/orders/update', { where: { id: order.body.data.id }, data: { status: 'sent' } })).status,
    ).toBe(403);
    expect((await sql`select status from orders where id = ${order.body.data.id}`)[0]?.status).toBe('placed');
    for (const role of ['clerk', 'stranger'] as const) {
      expect((await call(role, 'db/reviews/insert', { data: { book_id: bookId, rating: 1, body: 'No' } })).status).toBe(
        403,
      );
    }
  });

  it.each(OPERATIONS)('nobody gets at %s without a credential', async (operation) => {
    for (const table of TABLES) {
      const answer = await callBridge(stack.ready.bridgeUrl, `db/${table}/${operation}`, {}, null);
      expect([answer.status, answer.body.error.code]).toEqual([401, 'UNAUTHORIZED']);
    }
  });

  it('keeps the promises of its permission tests, explains a rule, and counts what another one would open', async () => {
    const options = { cwd: dir, env: stack.env };
    expect(await stkJson(['permissions', 'test'], options)).toEqual({ passed: 12, failed: [] });
    const asUser = ['--as', `user:${me}`, '--roles', 'user'];
    const explained = await stkJson(['permissions', 'explain', ...asUser, 'db/orders/select'], options);
    expect(explained).toMatchObject({
      rule: { table: 'orders', operation: 'select', index: 2 },
      columns: ['id', 'status', 'address', 'placed_at'],
      predicate: `resource.customer_id == "${me}"`,
      decision: 'allow',
    });
    const file = join(dir, 'config/permissions.yaml');
    const rules = await readFile(file, 'utf8');
    await writeFile(file, rules.replace('condition: resource.hidden == false\n', 'condition: resource.rating > 0\n'));
    const { impact } = await stkJson<{ impact: unknown[] }>(['apply', '--dry-run'], options);
    const test = await stk(['permissions', 'test'], options);
    await writeFile(file, rules);
    const hidden = (await ids('reviews', 'hidden')).length;
    const opened = { table: 'reviews', operation: 'select', dependsOnCaller: false };
    expect(impact).toMatchObject([
      { role: 'public', ...opened, rows: { opened: hidden, closed: 0 } },
      { role: 'authenticated', ...opened },
      { role: 'clerk', ...opened },
    ]);
    expect([hidden > 0, test.code]).toEqual([true, 0]);
  });
});
