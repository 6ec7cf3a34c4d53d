import { newEd25519KeyPair } from '@santokit/crypto';
import { expect, it } from 'vitest';
import { createKeyRing, type KeyRing } from '../target/key-ring.ts';
import type { Target } from '../target/target.ts';
import type { Caller } from './caller.ts';
import { VerifiedTokens } from './verified-tokens.ts';

const { publicKey } = newEd25519KeyPair();
const ring = (change: { publicKey?: string; notBefore?: { sub: string; notBefore: number }[] } = {}) =>
  createKeyRing({
    tokenKeys: [{ kid: 'k', publicKey: change.publicKey ?? publicKey, status: 'current' }],
    apiKeys: [],
    notBefore: change.notBefore ?? [],
    releaseKeys: [],
  });

/** What is found of a token of `ann`, issued at 100, once its env has other keys. */
function foundUnder(next: KeyRing | undefined, nowMs = 0): boolean {
  const target = { keys: ring() } as { keys: KeyRing | undefined };
  const principal = { type: 'user', sub: 'ann', roles: [], claims: {} } as const;
  const caller: Caller = { type: 'access_token', principal, target: target as Target };
  const tokens = new VerifiedTokens();
  const keys = target.keys as KeyRing;
  tokens.add('token', { caller, kid: 'k', sub: 'ann', iat: 100, keys, validUntilMs: 1_000 });
  target.keys = next;
  const first = tokens.get('token', nowMs);
  expect(tokens.get('token', nowMs)).toBe(first);
  return first === caller;
}

it.each([
  ['the same keys and no mark', ring(), true],
  ['a mark of somebody else', ring({ notBefore: [{ sub: 'bob', notBefore: 200 }] }), true],
  ['an older mark of its user', ring({ notBefore: [{ sub: 'ann', notBefore: 100 }] }), true],
  ['a newer mark of its user', ring({ notBefore: [{ sub: 'ann', notBefore: 101 }] }), false],
  ['another key of the same id', ring({ publicKey: newEd25519KeyPair().publicKey }), false],
  ['no keys', undefined, false],
])('a token that was verified, under %s: %#', (_, next, isKept) => {
  expect(foundUnder(next)).toBe(isKept);
});

it('a token that was verified is not believed after its time', () => {
  expect(foundUnder(ring(), 1_000)).toBe(true);
  expect(foundUnder(ring(), 1_001)).toBe(false);
});
