import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
});
afterAll(() => hub.stop());

const test = (files: Readonly<Record<string, string>>, token?: string) =>
  hub.call('POST /api/v1/projects/shop/envs/dev/permissions/test', {
    token,
    body: { files: Object.entries(files).map(([path, content]) => ({ path, content })) },
  });
const FIXTURE = 'tests/permissions/books.yaml';

it('a viewer tests rules that were never applied, whatever the database is like', async () => {
  const fixtures = `- { name: all read, as: { roles: [] }, call: db/books/select, row: { title: x }, expect: allow }
- { name: nobody writes, as: { roles: [admin] }, call: db/books/insert, data: { title: x }, expect: deny }
`;
  const answer = await test({ ...SHOP_FILES, [FIXTURE]: fixtures }, await hub.personalToken('viewer'));
  expect(answer.json.data).toEqual({
    passed: 1,
    failed: [
      {
        file: FIXTURE,
        name: 'nobody writes',
        expected: 'deny',
        actual: 'allow',
        reason: 'the rule for admin allows it',
      },
    ],
  });
});

it('a test that cannot be read is a problem with its place, and no apply minds it', async () => {
  const files = { ...SHOP_FILES, [FIXTURE]: '- { name: n, as: {}, call: db/book/select, expect: deny }\n' };
  const { status, json } = await test(files);
  expect([status, json.error.code]).toEqual([400, 'SCHEMA_VALIDATION_FAILED']);
  expect(json.error.details.problems).toEqual([
    { file: FIXTURE, line: 1, column: 28, message: 'Table "book" is not declared (did you mean "books"?)' },
  ]);
  expect((await hub.apply(files)).status).toBe(200);
});

it.each([
  ['examples/bookshop', 12],
  ['packages/cli/template', 3],
])('the tests of %s pass, all %i', async (project, passed) => {
  const folder = join(import.meta.dirname, '../../..', project);
  const paths = ['schema', 'config', 'tests/permissions'].flatMap((below) =>
    readdirSync(join(folder, below)).map((name) => `${below}/${name}`),
  );
  const files = Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
  expect((await test(files)).json.data).toEqual({ passed, failed: [] });
});
