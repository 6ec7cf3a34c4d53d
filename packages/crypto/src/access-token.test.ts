import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { accessTokenKid, importAccessTokenKey, issueAccessToken, verifyAccessToken } from './access-token.ts';
import { newEd25519KeyPair } from './ed25519.ts';

const nowMs = Date.UTC(2026, 0, 1);
const iat = nowMs / 1_000;
const claims = {
  sub: 'usr_1',
  project: 'shop',
  env: 'prod',
  roles: ['user'],
  iat,
  exp: iat + 900,
  jti: 'tok_1',
  sid: 'ses_1',
};
const pair = newEd25519KeyPair();
const key = { kid: 'key_1', privateKey: pair.privateKey };

describe('an access token', () => {
  it('says what was issued to the holder of the public key', async () => {
    const token = await issueAccessToken(key, claims);
    expect(accessTokenKid(token)).toBe('key_1');
    expect(await verifyAccessToken(token, await importAccessTokenKey(pair.publicKey), nowMs)).toEqual(claims);
  });

  it('is good for its life and the forgiven clock skew, and not a second more', async () => {
    const token = await issueAccessToken(key, claims);
    const publicKey = await importAccessTokenKey(pair.publicKey);
    expect(await verifyAccessToken(token, publicKey, nowMs + 959_000)).not.toBeNull();
    expect(await verifyAccessToken(token, publicKey, nowMs + 961_000)).toBeNull();
    expect(await verifyAccessToken(token, publicKey, nowMs - 59_000)).not.toBeNull();
    expect(await verifyAccessToken(token, publicKey, nowMs - 120_000)).toBeNull();
  });

  it.each([
    ['Ed448', generateKeyPairSync('ed448')],
    ['X25519', generateKeyPairSync('x25519')],
    ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ])('is not signed with a key of %s', (_, other) => {
    const privateKey = other.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => issueAccessToken({ kid: 'key_1', privateKey }, claims)).toThrow('Not an Ed25519 private key');
  });

  it('is refused by every other key', async () => {
    const token = await issueAccessToken(key, claims);
    expect(await verifyAccessToken(token, await importAccessTokenKey(newEd25519KeyPair().publicKey), nowMs)).toBeNull();
  });

  it('is refused when any of its characters is another', async () => {
    const token = await issueAccessToken(key, claims);
    const publicKey = await importAccessTokenKey(pair.publicKey);
    for (let i = 0; i < token.length - 1; i++) {
      const changed = token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1);
      expect(await verifyAccessToken(changed, publicKey, nowMs), `character ${i}`).toBeNull();
    }
  });

  it.each([
    '',
    'x',
    'v4.public.',
    'v4.public.AAAA',
    'v2.public.AAAA.e30',
    `v4.public.${'A'.repeat(100_000)}`,
    'v4.local.AAAA.e30',
    'eyJhbGciOiJub25lIn0.e30.',
  ])('is never made of %.20s', async (text) => {
    expect(accessTokenKid(text)).toBeNull();
    expect(await verifyAccessToken(text, await importAccessTokenKey(pair.publicKey), nowMs)).toBeNull();
  });
});
