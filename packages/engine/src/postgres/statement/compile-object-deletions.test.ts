import type { Json, Table } from '@santokit/contract';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../../database.ts';
import { ANYTHING, plannedOn } from '../../statement/testing/shop.ts';
import { connect } from '../connect.ts';
import { postgresOutbox } from '../outbox/outbox.ts';

const file = (onDelete: 'cascade' | 'keep') => ({ type: 'file', file: { bucket: 'main', onDelete } }) as const;
const TABLE: Table = {
  name: 'people',
  connection: 'main',
  key: { columns: ['id'], generate: 'client' },
  columns: {
    id: { name: 'id', nullable: false, type: 'string' },
    avatar: { name: 'avatar', nullable: true, ...file('cascade') },
    banner: { name: 'banner', nullable: true, ...file('cascade') },
    papers: { name: 'papers', nullable: true, ...file('keep') },
  },
  indexes: [],
  relations: {},
};

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 2 });
  await postgresOutbox.create(database);
  await database.query('create table people (id text primary key, avatar text, banner text, papers text)', []);
});
beforeEach(async () => {
  await database.query('truncate people, santokit.outbox', []);
  await database.query(
    `insert into people values ('a', 'k/a', 'b/a', 'p/a'), ('b', 'k/b', null, 'p/b'), ('c', null, null, null)`,
    [],
  );
});
afterAll(async () => {
  await database.close(1_000);
  await test.drop();
});

async function run(operation: 'delete' | 'update', params: Json, cascades: { project: string } | undefined) {
  const schema = { people: TABLE };
  const options = cascades === undefined ? {} : { cascades };
  const { plan, params: bound } = plannedOn({ schema, operation, name: 'people', params, rule: ANYTHING, ...options });
  const { text } = plan;
  const result = await database.query(text, bound);
  return { text, answer: JSON.parse(plan.answer(result, undefined as never).data) };
}

async function entries() {
  const { rows } = await database.query('select scope, kind, topic, payload from santokit.outbox order by seq', []);
  return rows.map(([scope, kind, topic, payload]) => ({ scope, kind, topic, ...JSON.parse(payload ?? '') }));
}

it('the keys of rows that are deleted are written down with who deleted them, in the same statement', async () => {
  const { answer } = await run('delete', { where: {}, all: true }, { project: 'shop' });
  expect(answer).toEqual({ affected: 3 });
  const written = await entries();
  expect(written.map(({ key }) => key).sort()).toEqual(['b/a', 'k/a', 'k/b']);
  for (const { scope, kind, topic, bucket, caller } of written) {
    expect([scope, kind, topic, bucket]).toEqual(['shop/dev', 'object_delete', 'storage/main', 'main']);
    expect(JSON.parse(caller)).toEqual({
      auth: expect.objectContaining({ roles: expect.any(Array) }),
      timeMs: expect.any(Number),
    });
  }
});

it('only those of rows that were reached, whatever comes back of them', async () => {
  const { answer } = await run('delete', { where: { id: 'b' }, returning: ['id'] }, { project: 'shop' });
  expect(answer).toEqual([{ id: 'b' }]);
  expect((await entries()).map(({ key }) => key)).toEqual(['k/b']);
});

it('a change of the key, a release without storage and a table without such columns write nothing down', async () => {
  await run('update', { where: { id: 'a' }, data: { avatar: 'k/other' } }, { project: 'shop' });
  expect((await run('delete', { where: { id: 'b' } }, undefined)).text).not.toContain('outbox');
  expect(await entries()).toEqual([]);
});
