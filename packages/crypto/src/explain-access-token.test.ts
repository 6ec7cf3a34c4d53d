import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importAccessTokenKey, issueAccessToken, verifyAccessToken } from './access-token.ts';
import { newEd25519KeyPair } from './ed25519.ts';
import { explainAccessToken, readAccessToken } from './explain-access-token.ts';

const nowMs = Date.UTC(2026, 0, 1);
const iat = nowMs / 1_000;
const CLAIMS = {
  sub: 'usr_1',
  project: 'shop',
  env: 'prod',
  roles: ['user'],
  iat,
  exp: iat + 900,
  jti: 'jti_1',
  sid: 'ses_1',
};
const pair = newEd25519KeyPair();
const other = newEd25519KeyPair();
const TERMS = {
  project: 'shop',
  env: 'prod',
  keys: [{ kid: 'key_1', publicKey: pair.publicKey }],
  notBeforeMs: null,
  nowMs,
};
const issue = async (change = {}, key = { kid: 'key_1', privateKey: pair.privateKey }) =>
  issueAccessToken(key, { ...CLAIMS, ...change });
const whatOf = (token: string, terms = {}) => explainAccessToken(token, { ...TERMS, ...terms }).map(({ what }) => what);

describe('what is wrong with an access token', () => {
  it('is nothing, of one that is admitted', async () => {
    expect(whatOf(await issue())).toEqual([]);
    expect(readAccessToken(await issue())).toMatchObject({ kid: 'key_1', claims: { sub: 'usr_1' } });
  });

  it.each<[string, string[], () => Promise<string>, object?]>([
    ['an expired one', ['exp'], () => issue(), { nowMs: nowMs + 961_000 }],
    ['one from the future', ['iat'], () => issue({ iat: iat + 61 })],
    ['one within the skew', [], () => issue({ iat: iat + 59 })],
    ['one of another project and env', ['project', 'env'], () => issue({ project: 'x', env: 'y' })],
    ['one of an unknown key', ['kid'], () => issue({}, { kid: 'key_2', privateKey: pair.privateKey })],
    [
      'one of another key under this name',
      ['signature'],
      () => issue({}, { kid: 'key_1', privateKey: other.privateKey }),
    ],
    ['one from before the mark', ['notBefore'], () => issue(), { notBeforeMs: nowMs + 1_000 }],
    ['one of the mark', [], () => issue(), { notBeforeMs: nowMs }],
    ['several things', ['kid', 'env', 'exp'], () => issue({ env: 'dev' }), { keys: [], nowMs: nowMs + 3_600_000 }],
    ['a claim that is missing', ['sub', 'roles'], () => issue({ sub: undefined, roles: [1] })],
    ['a JWT', ['form'], async () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['a refresh token', ['form'], async () => 'stk_refresh_abc'],
    ['a token of another version', ['form'], async () => 'v2.public.AAAA.e30'],
    ['a token too long', ['form'], async () => `v4.public.${'A'.repeat(9_000)}`],
    ['nothing', ['form'], async () => ''],
  ])('is told of %s', async (_, expected, token, terms) => {
    expect(whatOf(await token(), terms)).toEqual(expected);
  });

  it('is something exactly where verifying refuses it', async () => {
    const key = importAccessTokenKey(pair.publicKey);
    const change = fc.record(
      {
        project: fc.constantFrom('shop', 'x'),
        iat: fc.integer({ min: -2_000, max: 2_000 }).map((seconds) => iat + seconds),
        exp: fc.integer({ min: -2_000, max: 2_000 }).map((seconds) => iat + seconds),
        roles: fc.constantFrom<unknown[]>(['a'], [], [1]),
        sid: fc.constantFrom('ses_1', undefined),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(change, fc.boolean(), async (changed, ours) => {
        const token = await issue(changed, { kid: 'key_1', privateKey: ours ? pair.privateKey : other.privateKey });
        const claims = verifyAccessToken(token, key, nowMs);
        const isAdmitted = claims !== null && claims.project === 'shop';
        expect(whatOf(token).length === 0).toBe(isAdmitted);
      }),
    );
  });
});
