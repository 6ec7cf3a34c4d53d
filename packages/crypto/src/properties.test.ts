import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newApiKey, parseApiKey } from './api-key.ts';
import { auditEntryHash, unnumberedAuditEntry } from './audit-chain.ts';
import { canonicalJson } from './canonical-json.ts';
import { equalInConstantTime } from './constant-time.ts';
import { newEd25519KeyPair } from './ed25519.ts';
import { createDataKey, openSecret, sealSecret, unwrapDataKey } from './envelope.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { isReleaseSignatureValid, signRelease } from './release-signature.ts';

const json = fc.jsonValue({ noUnicodeString: false }).filter((value) => JSON.stringify(value).isWellFormed());

describe('canonical JSON', () => {
  it('does not depend on the order in which members were written', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, member]) => [key, reversed(member)]),
      );
    };
    fc.assert(fc.property(json, (value) => canonicalJson(reversed(value)) === canonicalJson(value)));
  });

  it('says the same as the value it was made of', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
      }),
    );
  });

  it('orders and prints as the example of RFC 8785 section 3.2', () => {
    const value = {
      numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27],
      literals: [null, true, false],
      '€': 1,
      '\r': 2,
      '1': 3,
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":2,"1":3,"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"€":1}',
    );
  });

  it.each([[Number.NaN], ['\ud800'], [1n], [() => 1], [new Date(0)], [new Map()]])(
    'refuses what JSON cannot hold',
    (value) => {
      expect(() => canonicalJson(value)).toThrow(TypeError);
    },
  );
});

describe('envelope encryption', () => {
  const masterKey = randomBytes(32);
  const key = unwrapDataKey(masterKey, createDataKey(masterKey, 'project/1'), 'project/1');

  it('gives back every text, and only for the record it was sealed for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plaintext, aad) => {
        const sealed = sealSecret({ key, plaintext, aad });
        expect(openSecret({ key, sealed, aad })).toBe(plaintext);
        expect(() => openSecret({ key, sealed, aad: `${aad}x` })).toThrow(/changed, or belongs to another/);
        expect(() => openSecret({ key: randomBytes(32), sealed, aad })).toThrow();
      }),
    );
  });

  it('refuses a sealed text of which one bit was changed', () => {
    const sealed = sealSecret({ key, plaintext: 'postgres://secret', aad: 'a' });
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => openSecret({ key, sealed: `v1.${changed.toString('base64url')}`, aad: 'a' })).toThrow();
    }
  });

  it('does not open a data key under another master key', () => {
    expect(() => unwrapDataKey(randomBytes(32), createDataKey(masterKey, 'p'), 'p')).toThrow();
  });
});

describe('a release signature', () => {
  const pair = newEd25519KeyPair();
  const release = { releaseId: 'rel_1', project: 'shop', contentHash: 'sha256:00' };
  const signature = signRelease(pair.privateKey, release);

  it('holds for the release that was signed', () => {
    expect(isReleaseSignatureValid(pair.publicKey, { ...release, signature })).toBe(true);
  });

  it.each([
    { releaseId: 'rel_2' },
    { project: 'other' },
    { contentHash: 'sha256:01' },
    { signature: '' },
    { signature: 'AAAA' },
  ])('does not hold for another (%o)', (change) => {
    expect(isReleaseSignatureValid(pair.publicKey, { ...release, signature, ...change })).toBe(false);
  });
});

describe('secrets that are stored as hashes', () => {
  it('an API key is found by its id and known by the hash of its secret alone', () => {
    const made = newApiKey();
    expect(parseApiKey(made.key)).toEqual({ keyId: made.keyId, secretHash: made.secretHash });
    expect(made.secretHash).toBe(
      createHash('sha256')
        .update(made.key.split('_')[3] ?? '')
        .digest('hex'),
    );
    expect(parseApiKey(`${made.key}x`)?.secretHash).not.toBe(made.secretHash);
    expect(['', 'stk_key_', 'stk_key_a_', `x${made.key}`, `${made.key}\n`].map(parseApiKey)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  it('a password is known again in every Unicode form, and another is not', async () => {
    const stored = await hashPassword('correct horse é');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword(stored, 'correct horse e\u0301')).toBe(true);
    expect(await verifyPassword(stored, 'correct horse e')).toBe(false);
  });

  it('texts are compared by content', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => equalInConstantTime(left, right) === (left === right)),
    );
  });
});

it('the audit chain shows a change of any entry in every later hash', () => {
  const chain = (entries: readonly Record<string, unknown>[]) =>
    entries.reduce((hash, entry) => auditEntryHash(hash, entry), '0');
  expect(chain([{ a: 1 }, { b: 2 }])).not.toBe(chain([{ a: 2 }, { b: 2 }]));
  expect(chain([{ a: 1 }, { b: 2 }])).not.toBe(chain([{ b: 2 }, { a: 1 }]));
});

it('an audit entry without its number is its canonical JSON but for the number', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), json), fc.maxSafeNat(), ({ seq: _, ...entry }, seq) => {
      fc.pre(Object.keys(entry).every((key) => key.isWellFormed()));
      const { before, after } = unnumberedAuditEntry(entry);
      expect(before + seq + after).toBe(canonicalJson({ ...entry, seq }));
    }),
  );
});
