import { readProject } from '@santokit/project';
import { expect, it } from 'vitest';
import { compareAccess, type Rules } from './compare-access.ts';
import { compilePermissions } from './compile-permissions.ts';

function rules(select: string): Rules {
  const { model } = readProject([
    {
      path: 'schema/a.yaml',
      content: 'version: 1\ntables: { posts: { columns: { owner: { type: string }, team: { type: string } } } }\n',
    },
    { path: 'config/permissions.yaml', content: `version: 1\ntables: { posts: { select: ${select} } }\n` },
  ]);
  const { permissions, problems } = compilePermissions(model.permissions, model.schema);
  expect(problems).toEqual([]);
  return { schema: model.schema, permissions };
}

const NONE = rules('[]');
const changes = (before: Rules, after: Rules) =>
  compareAccess(before, after).map(({ role, callers, cases, dependsOnCaller, columns }) => ({
    role,
    callers,
    cases: cases?.length,
    dependsOnCaller,
    opened: columns.opened.length,
    closed: columns.closed.length,
  }));

it('a role is compared as an end user and as a key hold it, where other rules decide for them', () => {
  const after = rules('[{ roles: [authenticated], columns: [id] }, { roles: [editor] }]');
  expect(changes(NONE, after)).toEqual([
    { role: 'authenticated', callers: 'user', cases: 1, dependsOnCaller: false, opened: 1, closed: 0 },
    { role: 'editor', callers: 'user', cases: 1, dependsOnCaller: false, opened: 1, closed: 0 },
    { role: 'editor', callers: 'api_key', cases: 1, dependsOnCaller: false, opened: 3, closed: 0 },
  ]);
});

it('what is known of who holds a role is not taken for unknown', () => {
  const after = rules(`[{ roles: [editor], condition: 'request.env == "dev" && request.auth.type == "user"' }]`);
  expect(changes(NONE, after)).toEqual([
    { role: 'editor', callers: 'any', cases: 1, dependsOnCaller: false, opened: 3, closed: 0 },
  ]);
});

it('the same comparison written the other way round is one thing that is not known', () => {
  const before = rules(`[{ roles: [editor], condition: resource.owner == request.auth.sub }]`);
  const after = rules(`[{ roles: [editor], condition: request.auth.sub == resource.owner || resource.team == "a" }]`);
  expect(changes(before, after)).toMatchObject([{ role: 'editor', callers: 'any', cases: 2, dependsOnCaller: true }]);
});

it('a condition of too many unknowns is left to be asked for one caller', () => {
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `resource.owner == request.params.${name}`).join(' || ');
  expect(changes(NONE, rules(`[{ roles: [editor], condition: ${many} }]`))).toMatchObject([
    { cases: undefined, dependsOnCaller: true },
  ]);
});
