import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
});
afterAll(() => hub.stop());

const project = (indexes = '') => ({
  'schema/shop.yaml': `version: 1
tables:
  posts:
    columns: { author_id: { type: string }, title: { type: string } }
${indexes}`,
  'config/permissions.yaml': `version: 1
tables:
  posts:
    select: { roles: [authenticated], condition: resource.author_id == request.auth.sub || resource.title == "a" }
    update: { roles: [authenticated], condition: resource.author_id == request.auth.sub }
`,
});

it('plan and apply warn once of a column that rules find rows by, until the lines are added', async () => {
  const warnings = [
    'posts.author_id is what rules find rows by but has no index; add under posts: indexes: [{ columns: [author_id] }]',
  ];
  const files = Object.entries(project()).map(([path, content]) => ({ path, content }));
  const plan = await hub.must('POST /api/v1/projects/shop/envs/dev/schema/plan', { body: { files } });
  expect(plan.json.data.warnings).toEqual(warnings);
  expect((await hub.apply(project())).json.data.warnings).toEqual(warnings);
  const advised = await hub.apply(project('    indexes: [{ columns: [author_id] }]\n'));
  expect(advised.json.data.warnings).toEqual([]);
});
