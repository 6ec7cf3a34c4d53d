import { describe, expect, it } from 'vitest';
import { decodeBase32, encodeBase32 } from './base32.ts';
import { hashRecoveryCode, newRecoveryCode } from './recovery-code.ts';
import { matchTotpStep, newTotpSecret, totpCode, totpStep, totpUri } from './totp.ts';

const SECRET = encodeBase32(Buffer.from('12345678901234567890'));
const at = (seconds: number) => new Date(seconds * 1_000);

describe('codes', () => {
  it.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ])('at %i are those of RFC 6238, appendix B', (seconds, code) => {
    expect(totpCode(SECRET, totpStep(at(seconds)), 8)).toBe(code);
  });

  it('of the counters from 0 on are those of RFC 4226, appendix D', () => {
    const codes = Array.from({ length: 10 }, (_, counter) => totpCode(SECRET, counter));
    const expected = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489';
    expect(codes.join(' ')).toBe(expected);
  });
});

describe('a code', () => {
  const step = 1_000_000;
  const now = at(step * 30 + 15);
  const match = (of: number, lastStep = 0) =>
    matchTotpStep({ secret: SECRET, code: totpCode(SECRET, of), now, lastStep });

  it.each([-1, 0, 1])('is good %i steps from now', (offset) => {
    expect(match(step + offset)).toBe(step + offset);
  });

  it.each([-2, 2, -1_000])('is not good %i steps from now', (offset) => {
    expect(match(step + offset)).toBeUndefined();
  });

  it('is not good again, nor is one from before it', () => {
    expect(match(step, step)).toBeUndefined();
    expect(match(step - 1, step)).toBeUndefined();
    expect(match(step + 1, step)).toBe(step + 1);
  });

  it.each(['', '00000', '0000000', 'abcdef', ' 12345'])('is not %j', (code) => {
    expect(matchTotpStep({ secret: SECRET, code, now, lastStep: 0 })).toBeUndefined();
  });
});

it.each([
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
])('base32 of %j is that of RFC 4648, section 10', (text, encoded) => {
  expect(encodeBase32(Buffer.from(text))).toBe(encoded);
  expect(Buffer.from(decodeBase32(encoded)).toString()).toBe(text);
});

it('a secret has 160 bits and comes back from its text', () => {
  const secret = newTotpSecret();
  expect(decodeBase32(secret)).toHaveLength(20);
  expect(encodeBase32(decodeBase32(secret))).toBe(secret);
  expect(newTotpSecret()).not.toBe(secret);
  expect(() => decodeBase32('not base32')).toThrow('alphabet');
});

it('an authenticator reads the secret from the URI, whatever the account is called', () => {
  const uri = new URL(totpUri({ secret: SECRET, issuer: 'Santokit', account: 'a&b?c@example.com' }));
  expect([uri.protocol, uri.host, decodeURIComponent(uri.pathname)]).toEqual([
    'otpauth:',
    'totp',
    '/Santokit:a&b?c@example.com',
  ]);
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    secret: SECRET,
    issuer: 'Santokit',
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
});

it('a recovery code is the same however it is typed', () => {
  const code = newRecoveryCode();
  expect(code).toMatch(/^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/);
  expect(hashRecoveryCode(` ${code.toUpperCase().replaceAll('-', ' ')}`)).toBe(hashRecoveryCode(code));
  expect(hashRecoveryCode(newRecoveryCode())).not.toBe(hashRecoveryCode(code));
});
