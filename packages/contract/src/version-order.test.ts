import { expect, it } from 'vitest';
import { isOlderVersion } from './version-order.ts';

it.each([
  ['0.1.0', '0.1.0', false],
  ['0.1.0', '0.1.1', true],
  ['0.9.0', '0.10.0', true],
  ['1.0.0', '0.99.99', false],
  ['0.1.0', '1', true],
  ['0.1.0-beta', '0.1.0', false],
  ['0.1.0', '', false],
])('%s is older than %s: %s', (version, other, isOlder) => {
  expect(isOlderVersion(version, other)).toBe(isOlder);
});
