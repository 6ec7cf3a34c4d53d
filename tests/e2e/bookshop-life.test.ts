import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type StrictStore, startStrictStore } from '@santokit/storage/testing';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { callBridge } from './support/bridge-client.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { repositoryRoot, stkJson } from './support/stk.ts';

const WAIT = { timeout: 20_000, interval: 200 };

describe('the bookshop beyond its tables', () => {
  let dir: string;
  let stack: DevStack;
  let store: StrictStore;
  let sql: postgres.Sql;
  let me: { id: string; accessToken: string };

  const call = (path: string, params: unknown) =>
    callBridge(stack.ready.bridgeUrl, path, params, { token: me.accessToken });
  const cli = <T>(args: readonly string[]) => stkJson<T>([...args], { cwd: dir, env: stack.env });

  beforeAll(async () => {
    store = await startStrictStore('bookshop-assets');
    dir = join(await mkdtemp(join(tmpdir(), 'stk-bookshop-')), 'bookshop');
    await cp(join(repositoryRoot, 'examples/bookshop'), dir, {
      recursive: true,
      filter: (path) => !path.includes('.stk'),
    });
    const file = join(dir, 'config/storage.yaml');
    const storage = await readFile(file, 'utf8');
    const here = `region: ${store.region}, endpoint: "${store.endpoint}", forcePathStyle: true`;
    await writeFile(file, storage.replace('region: eu-central-1', here));
    stack = await startDevStack(dir, ['--no-watch']);
    const { bridgeUrl, apiKey, databaseUrl } = stack.ready;
    await promisify(execFile)(process.execPath, [join(dir, 'seed.mjs'), bridgeUrl, apiKey]);
    me = JSON.parse(await readFile(join(dir, '.stk/dev/test-user.json'), 'utf8'));
    sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
    const { accessKeyId, secretAccessKey } = store.credentials;
    await cli(['storage', 'set', 'main', '--access-key-id', accessKeyId, '--secret-access-key', secretAccessKey]);
  }, 120_000);

  afterAll(async () => {
    await sql?.end();
    await stack?.stop();
    await store?.[Symbol.asyncDispose]();
    if (dir !== undefined) await rm(join(dir, '..'), { recursive: true, force: true });
  });

  const bookInStock = async () => {
    const [book] =
      await sql`select id, stock, price from books where status = 'listed' and stock between 2 and 90 limit 1`;
    return book as unknown as { id: string; stock: number; price: string };
  };
  const stockOf = async (id: string) => (await sql`select stock from books where id = ${id}`)[0]?.stock;

  it('an order reserves its stock, and its receipt is sent', async () => {
    const book = await bookInStock();
    const lines = [{ bookId: book.id, quantity: 2 }];
    const placed = await call('logics/orders/place', { address: '1 Mill Lane', lines });
    expect(placed.body).toEqual({
      data: { orderId: expect.any(String), total: (Number(book.price) * 2).toFixed(2) },
    });
    expect(await stockOf(book.id)).toBe(book.stock - 2);
    const { orderId } = placed.body.data;
    const mine = await call('db/orders/select', { where: { id: orderId } });
    expect(mine.body.data).toMatchObject([{ status: 'placed', address: '1 Mill Lane' }]);
    await vi.waitFor(async () => {
      const { items } = await cli<{ items: object[] }>(['logs', '--since', '10m']);
      expect(items).toContainEqual(expect.objectContaining({ msg: 'Receipt' }));
    }, WAIT);
    const sold = await call('logics/bestsellers', { days: 1 });
    expect(sold.body.data).toContainEqual(expect.objectContaining({ id: book.id, sold: '2' }));
  });

  it('an order of which one line is sold out takes nothing from the others', async () => {
    const book = await bookInStock();
    const orders = await sql`select count(*)::int as n from orders`;
    const lines = [
      { bookId: book.id, quantity: 1 },
      { bookId: book.id, quantity: 99 },
    ];
    const refused = await call('logics/orders/place', { address: '1 Mill Lane', lines });
    expect([refused.status, refused.body.error]).toMatchObject([
      409,
      { code: 'CONFLICT', message: 'Sold out', details: { bookId: book.id } },
    ]);
    expect(await stockOf(book.id)).toBe(book.stock);
    expect(await sql`select count(*)::int as n from orders`).toEqual(orders);
  });

  it('the nightly clean-up forgets what was cancelled a month ago, when it is its time or when it is told to', async () => {
    const [old] = await sql`
      insert into orders (id, customer_id, status, address, placed_at)
      values ('ord_old', ${me.id}, 'cancelled', 'x', now() - interval '40 days') returning id`;
    expect(old).toEqual({ id: 'ord_old' });
    expect(await cli(['cron', 'list'])).toMatchObject({ items: [{ name: 'cleanup', schedule: '0 3 * * *' }] });
    await cli(['cron', 'trigger', 'cleanup']);
    await vi.waitFor(async () => expect(await sql`select id from orders where id = 'ord_old'`).toEqual([]), WAIT);
  });

  it('an avatar is uploaded by its owner, seen by everybody, and gone with the profile', async () => {
    const key = `avatars/${me.id}/me.png`;
    const upload = await call('storage/main/upload_sign', { key, contentType: 'image/png', contentLength: 4 });
    const { url, method, headers } = upload.body.data;
    expect((await fetch(url, { method, headers, body: 'PNG!' })).status).toBe(200);
    const elsewhere = { name: 'Ann', avatar: 'avatars/usr_other/me.png' };
    expect((await call('db/profiles/insert', { data: elsewhere })).status).toBe(403);
    const profile = await call('db/profiles/insert', { data: { name: 'Ann', avatar: key } });
    expect(profile.body.data).toEqual({ id: me.id, name: 'Ann', avatar: key });
    const download = await call('storage/main/download_sign', { key });
    const picture = () => fetch(download.body.data.url);
    expect(await (await picture()).text()).toBe('PNG!');
    expect((await call('db/profiles/delete', { where: { id: me.id } })).body).toEqual({ data: { affected: 1 } });
    await vi.waitFor(async () => expect((await picture()).status).toBe(404), WAIT);
  });
});
