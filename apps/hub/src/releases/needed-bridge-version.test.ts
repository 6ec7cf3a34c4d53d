import type { CompiledRelease } from '@santokit/contract';
import { expect, it } from 'vitest';
import { type BridgeNeed, neededBridgeVersion } from './needed-bridge-version.ts';

const release: CompiledRelease = {
  formatVersion: 1,
  connections: {},
  schema: {},
  permissions: { tables: {} },
  auth: { signup: 'closed', defaultRoles: [], accessTokenTtlSeconds: 900, refreshTokenTtlSeconds: 1, origins: [] },
  limits: { rateLimits: {}, ceilings: {} },
};
const used = (since: string, isUsed = true): BridgeNeed => ({ since, isUsedBy: () => isUsed });

it('a release of today is served by the first version', () => {
  expect(neededBridgeVersion(release)).toBe('0.1.0');
});

it('a release needs the newest version that anything it uses needs, and nothing for what it does not use', () => {
  const needs = [used('0.1.0'), used('0.10.0'), used('0.9.0'), used('3.0.0', false)];
  expect(neededBridgeVersion(release, needs)).toBe('0.10.0');
});
