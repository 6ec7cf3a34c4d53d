import { createTestDatabase } from '@santokit/devkit';
import { expect, it } from 'vitest';
import { openStore } from '../src/store/store.ts';
import { FaultProxy } from './support/fault-proxy.ts';

it('a statement whose answer got lost fails soon after its time is up, though the database answers others', async () => {
  const database = await createTestDatabase();
  const { hostname: host, port, pathname } = new URL(database.url);
  const proxy = await FaultProxy.start({ host, port: Number(port) });
  const store = openStore(proxy.through(database.url), { statementTimeoutMs: 500 });
  const numbers = () => Promise.all(Array.from({ length: 20 }, (_, n) => store.sql`select ${n}::int as n`));
  await numbers();
  proxy.silence(pathname.slice(1), { isWhole: false });
  const startedMs = performance.now();
  await expect(store.sql`select 1`).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(performance.now() - startedMs).toBeLessThan(8_000);
  await store.close();
  proxy.stop();
  await database.drop();
}, 20_000);
