import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';

const SCHEMA = `version: 1
tables:
  colours:
    id: { name: id, generate: client }
    columns: {}
  paints:
    id: { name: id, generate: client }
    columns:
      plain_id: { type: string, references: { table: colours, as: plain } }
      colour_id: { type: string, references: { table: colours, as: colour } }
`;

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.shop.unsafe(`
    create table colours (id text collate "C" primary key);
    create table paints (
      id text primary key, plain_id text not null references colours on delete restrict on update restrict,
      colour_id text collate "en-x-icu" not null references colours on delete restrict on update restrict)`);
});
afterAll(() => hub.stop());

it('a relation between columns of two collations is refused with its file and line, before anything is done', async () => {
  const body = { files: [{ path: 'schema/paints.yaml', content: SCHEMA }] };
  const planned = await hub.must('POST /api/v1/projects/shop/envs/dev/schema/plan', { body });
  const unsupported = planned.json.data.plan.filter((step: { class: string }) => step.class === 'unsupported');
  expect(unsupported).toMatchObject([
    {
      table: 'paints',
      what: 'colour_id refers to colours.id, whose collation is "C", not "en-x-icu": PostgreSQL cannot compare them',
      advice: expect.stringMatching(/^schema\/paints\.yaml:10:7: Remove `references`/),
    },
  ]);
  const applied = await hub.call('POST /api/v1/projects/shop/envs/dev/apply', { body: { ...body, ref: 'r1' } });
  expect([applied.status, applied.json.error.code]).toEqual([409, 'RELEASE_BLOCKED']);
  expect(applied.json.error.message).toContain('schema/paints.yaml:10:7');
});
