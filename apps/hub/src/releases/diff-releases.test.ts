import type { CompiledRelease, CompiledRule, Json } from '@santokit/contract';
import { expect, it } from 'vitest';
import { diffReleases } from './diff-releases.ts';

function release(rules: readonly CompiledRule[], rest: Readonly<Record<string, Json>> = {}): CompiledRelease {
  const permissions = { tables: { 'a/b~c': { select: rules } } };
  return { formatVersion: 1, permissions, ...rest } as unknown as CompiledRelease;
}
const rule = (role: string, more: Partial<CompiledRule> = {}): CompiledRule => ({ roles: [role], ...more });
const differences = (before: CompiledRelease, after: CompiledRelease) =>
  diffReleases(before, after).flatMap((section) => section.differences);
const SELECT = '/permissions/tables/a~1b~0c/select';

it.each([
  ['at the start', ['x', 'a', 'b'], 0],
  ['in between', ['a', 'x', 'b'], 1],
  ['at the end', ['a', 'b', 'x'], 2],
])('a rule that came in %s is told alone', (_where, after, index) => {
  const [two, three] = [release(['a', 'b'].map((role) => rule(role))), release(after.map((role) => rule(role)))];
  expect(differences(two, three)).toEqual([{ path: `${SELECT}/${index}`, change: 'added', after: { roles: ['x'] } }]);
  expect(differences(three, two)).toEqual([
    { path: `${SELECT}/${index}`, change: 'removed', before: { roles: ['x'] } },
  ]);
});

it('an expression is told as CEL, and as one value', () => {
  const roles = { kind: 'request', path: ['auth', 'sub'], type: 'string' } as const;
  const other = { kind: 'request', path: ['auth', 'type'], type: 'string' } as const;
  const before = rule('a', { condition: roles, set: { kind: roles, type: roles } });
  const after = rule('a', { condition: other, set: { kind: roles, type: other } });
  const changed = { change: 'changed', before: 'request.auth.sub', after: 'request.auth.type' };
  expect(differences(release([before]), release([after]))).toEqual([
    { path: `${SELECT}/0/condition`, ...changed },
    { path: `${SELECT}/0/set/type`, ...changed },
  ]);
});

it('columns called as the parts of an expression are no expression', () => {
  const masked = (type: 'hide' | 'hash') => release([rule('a', { mask: { kind: 'last4', type } })]);
  expect(differences(masked('hide'), masked('hash'))).toEqual([
    { path: `${SELECT}/0/mask/type`, change: 'changed', before: 'hide', after: 'hash' },
  ]);
});

it.each([
  [
    'a list of values',
    ['a', 'b'],
    ['b', 'a'],
    [{ path: '/s', change: 'changed', before: ['a', 'b'], after: ['b', 'a'] }],
  ],
  [
    'what became another kind',
    { a: 1 },
    [{ a: 1 }],
    [{ path: '/s', change: 'changed', before: { a: 1 }, after: [{ a: 1 }] }],
  ],
  ['what is null', { a: null }, {}, [{ path: '/s/a', change: 'removed', before: null }]],
  [
    'a member called as one of every object',
    {},
    { constructor: 1 },
    [{ path: '/s/constructor', change: 'added', after: 1 }],
  ],
  ['the order of members', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
] as [string, Json, Json, object[]][])('%s', (_what, before, after, expected) => {
  expect(differences(release([], { s: before }), release([], { s: after }))).toEqual(expected);
});

it('a section that only one of them has is told whole, and every section is listed', () => {
  const sections = diffReleases(release([]), release([], { logic: { a: 1 } }));
  expect(sections.map(({ section }) => section)).toEqual(['formatVersion', 'permissions', 'logic']);
  expect(sections[2]?.differences).toEqual([{ path: '/logic', change: 'added', after: { a: 1 } }]);
});

it('a policy of keys is told by its pattern, its condition as CEL', () => {
  const owner = (name: string) => ({
    roles: ['a'],
    condition: { kind: 'variable', name: `path.${name}`, type: 'string' } as const,
  });
  const storage = (...policies: Json[]) => release([], { storage: { buckets: {}, policies: { main: policies } } });
  const before = storage({ pattern: 'a/{id}', delete: [owner('id')] }, { pattern: 'b/*' });
  const after = storage({ pattern: 'b/*' }, { pattern: 'a/{id}', delete: [owner('other')] });
  expect(differences(before, after)).toEqual([
    {
      path: '/storage/policies/main/a~1{id}/delete/0/condition',
      change: 'changed',
      before: 'path.id',
      after: 'path.other',
    },
  ]);
});
