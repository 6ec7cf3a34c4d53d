import { createTestDatabase } from '@santokit/devkit';
import { connect, engineNamed } from '@santokit/engine';
import { createLogger } from '@santokit/telemetry';
import { expect, it } from 'vitest';
import { shopRelease } from '../../tests/support/shop.ts';
import { OutboxMaker } from './outbox-maker.ts';

it('a statement that missed the tables is worth repeating though somebody else has made them meanwhile, once', async () => {
  const test = await createTestDatabase();
  const database = connect({ url: test.url, poolMax: 2 });
  try {
    await engineNamed('postgres').outbox.create(database);
    const maker = new OutboxMaker(createLogger({ level: 'error', format: 'json' }));
    const served = { release: shopRelease(), releaseId: 'r', cascades: undefined, events: {} as never };
    const databases = new Map([['main', database]]);
    expect(await maker.make(served, databases)).toBe(true);
    expect(await maker.make(served, databases)).toBe(false);
    await database.query('drop schema santokit cascade', []);
    expect(await maker.make(served, databases)).toBe(true);
  } finally {
    await database.close(1_000);
    await test.drop();
  }
});
