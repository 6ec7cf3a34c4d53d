import type { Json } from '@santokit/contract';
import { expect, it } from 'vitest';
import { planned } from '../../statement/testing/shop.ts';

it.each<[string, Json]>([
  ['by its key', { where: { id: 'a' } }],
  ['by its key, where another condition holds', { where: { id: 'a', name: { $ne: 'x' }, price: null } }],
])('a read of one row %s is brief', (_, params) => {
  expect(planned('select', 'items', params).plan.isBrief).toBe(true);
});

it.each<[string, Json]>([
  ['of a list', { where: { name: 'a' } }],
  ['of one row of many', { limit: 1 }],
  ['of several keys', { where: { id: { $in: ['a', 'b'] } } }],
  ['of a key or anything else', { where: { $or: [{ id: 'a' }, { name: 'x' }] } }],
  ['with related rows', { where: { id: 'a' }, expand: ['shop'] }],
  ['whose condition is on related rows', { where: { id: 'a', shop: { city: 'x' } } }],
  ['with the number of all', { where: { id: 'a' }, count: 'exact' }],
])('a read %s is not brief, for it may take long', (_, params) => {
  expect(planned('select', 'items', params).plan.isBrief).not.toBe(true);
});
