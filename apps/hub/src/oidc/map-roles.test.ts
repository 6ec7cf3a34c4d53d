import { expect, it } from 'vitest';
import { mapRoles } from './map-roles.ts';

const map = { staff: ['editor', 'reader'], boss: ['admin', 'reader'], true: ['member'] };

it.each([
  ['a list', 'groups', { groups: ['boss', 'staff'] }, ['admin', 'reader', 'editor']],
  ['one text', 'groups', { groups: 'staff' }, ['editor', 'reader']],
  ['a claim that is true', 'paid', { paid: true }, ['member']],
  ['a path', 'realm.roles', { realm: { roles: ['staff'] } }, ['editor', 'reader']],
  ['a name with dots', 'https://example.com/roles', { 'https://example.com/roles': ['staff'] }, ['editor', 'reader']],
  ['nothing', 'groups', {}, []],
  ['what is not in the map', 'groups', { groups: ['admin', 'editor'] }, []],
  ['names that every object has', 'groups', { groups: ['constructor', '__proto__', 'toString'] }, []],
  ['what every object has', 'constructor.name', {}, []],
  ['a list in a list', 'groups', { groups: [['staff', 'boss'], null, {}, 7] }, []],
])('roles follow from %s', (_, claim, claims, roles) => {
  expect(mapRoles(claims, { claim, map })).toEqual(roles);
});

it('none follow where nothing is mapped', () => {
  expect(mapRoles({ groups: ['staff'] }, null)).toEqual([]);
});
