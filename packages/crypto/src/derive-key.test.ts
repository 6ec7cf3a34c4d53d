import { describe, expect, it } from 'vitest';
import { deriveKey } from './derive-key.ts';
import { createValueHash } from './value-hash.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

describe('a derived key', () => {
  it('is what RFC 5869 gives (appendix A.3)', () => {
    const key = deriveKey(hex('0b'.repeat(22)), '');
    expect(Buffer.from(key).toString('hex')).toBe('8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d');
  });

  it('is another one for another key and for another purpose', () => {
    const keys = [
      deriveKey(hex('00'.repeat(32)), 'a'),
      deriveKey(hex('00'.repeat(32)), 'b'),
      deriveKey(hex('01'.repeat(32)), 'a'),
    ];
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(3);
  });
});

it('the hash of a value is what RFC 4231 gives (4.2 and 4.3)', () => {
  const cases = [
    ['0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    ['4a656665', 'what do ya want for nothing?', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  ] as const;
  for (const [key, text, hash] of cases)
    expect(createValueHash(hex(key))(text)).toBe(Buffer.from(hash, 'hex').toString('base64url'));
});
