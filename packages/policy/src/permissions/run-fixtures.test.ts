import { readFixtures, readProject } from '@santokit/project';
import { describe, expect, it } from 'vitest';
import { compilePermissions } from './compile-permissions.ts';
import { runFixtures } from './run-fixtures.ts';

const SCHEMA = `version: 1
tables:
  posts:
    columns:
      title: { type: string, maxLength: 20 }
      author_id: { type: string }
      status: { type: string, enum: [draft, published], default: draft }
      at: { type: timestamp, nullable: true }
`;
const PERMISSIONS = `version: 1
tables:
  posts:
    select:
      - roles: [admin]
      - roles: [authenticated]
        condition: resource.author_id == request.auth.sub || resource.status == "published"
        columns: [id, title, status]
        mask: { title: last4 }
      - roles: [night]
        condition: request.time < timestamp("2026-01-01T00:00:00Z") && request.env == "dev"
    insert:
      - roles: [authenticated]
        columns: [title, status]
        set: { author_id: request.auth.sub }
        check: resource.status == "draft"
    update:
      - roles: [authenticated]
        condition: resource.author_id == request.auth.sub
        columns: [title, status, author_id]
      - roles: [editor]
        columns: [status]
        check: resource.status == "published"
    delete: { roles: [admin] }
`;

/** What is wrong with one test, in the words of its line. */
function outcome(fixture: string) {
  const files = [
    { path: 'schema/a.yaml', content: SCHEMA },
    { path: 'config/permissions.yaml', content: PERMISSIONS },
    { path: 'tests/permissions/a.yaml', content: `- { name: n, ${fixture} }\n` },
  ];
  const { model } = readProject(files);
  const { permissions, problems } = compilePermissions(model.permissions, model.schema);
  const { fixtures, problems: inFixtures } = readFixtures(files, model.schema);
  expect([...problems, ...inFixtures]).toEqual([]);
  return runFixtures(fixtures, { schema: model.schema, permissions, timeMs: 0, env: 'dev' });
}

describe('a permission test passes when its call ends as it says', () => {
  const MINE = 'row: { id: p1, title: t, author_id: u1, status: draft }';
  const ANN = 'as: { sub: u1, roles: [authenticated] }';
  const EDITOR = 'as: { roles: [editor] }';
  it.each([
    `as: { sub: u1 }, call: db/posts/select, row: { author_id: u2, status: draft }, expect: deny`,
    `${ANN}, call: db/posts/select, row: { author_id: u2, status: published }, expect: allow`,
    `${ANN}, call: db/posts/count, row: { author_id: u2, status: draft }, expect: deny`,
    `${ANN}, call: db/posts/select, ${MINE}, expect: { columns: [title, status, id] }`,
    `${ANN}, call: db/posts/select, expect: allow`,
    `as: { roles: [admin] }, call: db/posts/select, expect: { columns: [id, title, author_id, status, at] }`,
    `as: { roles: [] }, call: db/posts/select, expect: deny`,
    `as: { roles: [authenticated] }, call: db/posts/select, ${MINE}, expect: deny`,
    `as: { roles: [night] }, call: db/posts/select, expect: allow`,
    `as: { roles: [night] }, call: db/posts/select, env: prod, expect: deny`,
    `as: { roles: [night] }, call: db/posts/select, time: "2026-01-01T00:00:00Z", expect: deny`,
    `${ANN}, call: db/posts/insert, data: { title: t }, expect: allow`,
    `${ANN}, call: db/posts/insert, row: { id: p1, title: t, status: draft }, expect: allow`,
    `${ANN}, call: db/posts/insert, data: { title: t, status: published }, expect: deny`,
    `${ANN}, call: db/posts/insert, data: { title: t, author_id: u1 }, expect: deny`,
    `${ANN}, call: db/posts/insert, data: { title: t, at: null }, expect: deny`,
    `${ANN}, call: db/posts/insert, expect: { columns: [title, status] }`,
    `${ANN}, call: db/posts/update, ${MINE}, data: { title: x }, expect: allow`,
    `${ANN}, call: db/posts/update, ${MINE}, data: { author_id: u2 }, expect: deny`,
    `as: { sub: u2 }, call: db/posts/update, ${MINE}, data: { title: x }, expect: deny`,
    `${EDITOR}, call: db/posts/update, ${MINE}, expect: deny`,
    `${EDITOR}, call: db/posts/update, ${MINE}, data: { status: published }, expect: allow`,
    `${EDITOR}, call: db/posts/update, ${MINE}, data: { title: x, status: published }, expect: deny`,
    `${EDITOR}, call: db/posts/upsert, data: { title: x }, expect: deny`,
    `${ANN}, call: db/posts/upsert, ${MINE}, data: { title: x }, expect: allow`,
    `as: { sub: u2 }, call: db/posts/upsert, ${MINE}, data: { title: x }, expect: deny`,
    `${ANN}, call: db/posts/delete, ${MINE}, expect: deny`,
    `as: { roles: [admin] }, call: db/posts/delete, ${MINE}, expect: allow`,
  ])('%s', (fixture) => {
    expect(outcome(fixture)).toEqual({ passed: 1, failed: [] });
  });
});

describe('a permission test fails when its call ends otherwise', () => {
  const READ = 'as: { sub: u1 }, call: db/posts/select, row: { author_id: u1 }';
  it.each([
    [`${READ}, expect: deny`, 'deny', 'allow'],
    [`${READ}, expect: { columns: [id] }`, { columns: ['id'] }, { columns: ['id', 'title', 'status'] }],
    [`as: { sub: u2 }, call: db/posts/select, row: {}, expect: { columns: [id] }`, { columns: ['id'] }, 'deny'],
  ])('%s', (fixture, expected, actual) => {
    expect(outcome(fixture)).toMatchObject({
      passed: 0,
      failed: [{ file: 'tests/permissions/a.yaml', name: 'n', expected, actual }],
    });
  });
});
