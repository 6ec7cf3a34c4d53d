import fc from 'fast-check';
import { PublicProtocol } from 'paseto';
import { ImportPublicKeyFactory, ImportSecretKeyFactory, SignFactory, VerifyFactory } from 'paseto/v4/public';
import { describe, expect, it } from 'vitest';
import { accessTokenKid, importAccessTokenKey } from './access-token.ts';
import { importEd25519PrivateKey } from './ed25519.ts';
import { signV4Public, verifyV4Public } from './paseto-v4-public.ts';

/**
 * Official vectors: https://github.com/paseto-standard/test-vectors, v4.json. Of those that must fail 4-F-2 alone is a v4.public token; the
 * others are of v4.local and v3.local (4-F-5 is 4-E-5 with padding), and to a verifier of v4.public tokens of another kind.
 */
const PUBLIC_KEY = '1eb9dbbbbc047c03fd70604e0071f0987e16b28b757225c11f00415d0e20b1a2';
const SECRET_KEY = `b4cbfb43df4ce210727d953e4a713307fa19bb7d9f85041438d9e11b942a3774${PUBLIC_KEY}`;
const CLAIMS = { data: 'this is a signed message', exp: '2022-01-01T00:00:00+00:00' };
const MESSAGE =
  'v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9';
const KID = 'zVhMiPBP9fRf2snEcT7gFTioeA9COcNy9DfgL1W60haN';
const KID_FOOTER = 'eyJraWQiOiJ6VmhNaVBCUDlmUmYyc25FY1Q3Z0ZUaW9lQTlDT2NOeTlEZmdMMVc2MGhhTiJ9';

const v4 = new PublicProtocol(ImportPublicKeyFactory, ImportSecretKeyFactory, SignFactory, VerifyFactory);
const now = new Date('2021-12-31T00:00:00Z');
const bytes = (text: string) => new TextEncoder().encode(text);
/** DER of RFC 8410 up to the 32 bytes of a seed. */
const PKCS8_PREFIX = '302e020100300506032b657004220420';
const pem = Buffer.from(PKCS8_PREFIX + SECRET_KEY.slice(0, 64), 'hex').toString('base64');
const privateKey = importEd25519PrivateKey(`-----BEGIN PRIVATE KEY-----\n${pem}\n-----END PRIVATE KEY-----\n`);
const publicKey = importAccessTokenKey(Buffer.from(PUBLIC_KEY, 'hex').toString('base64'));

describe('PASETO v4.public', () => {
  it.each([
    {
      name: '4-S-1',
      token: `${MESSAGE}bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAxFaSeef1QlXEFtkqxT1ciiQEDA`,
      footer: '',
      implicitAssertion: '',
    },
    {
      name: '4-S-2',
      token: `${MESSAGE}v3Jt8mx_TdM2ceTGoqwrh4yDFn0XsHvvV_D0DtwQxVrJEBMl0F2caAdgnpKlt4p7xBnx1HcO-SPo8FPp214HDw.${KID_FOOTER}`,
      footer: `{"kid":"${KID}"}`,
      implicitAssertion: '',
    },
    {
      name: '4-S-3',
      token: `${MESSAGE}NPWciuD3d0o5eXJXG5pJy-DiVEoyPYWs1YSTwWHNJq6DZD3je5gf-0M4JR9ipdUSJbIovzmBECeaWmaqcaP0DQ.${KID_FOOTER}`,
      footer: `{"kid":"${KID}"}`,
      implicitAssertion: '{"test-vector":"4-S-3"}',
    },
  ])('signs and verifies vector $name to the letter', ({ token, footer, implicitAssertion }) => {
    const message = Buffer.from(JSON.stringify(CLAIMS));
    expect(signV4Public({ message, footer: Buffer.from(footer), implicitAssertion }, privateKey)).toBe(token);
    const verified = verifyV4Public(token, publicKey, implicitAssertion);
    expect(JSON.parse(String(verified?.message))).toEqual(CLAIMS);
    expect(String(verified?.footer)).toBe(footer);
    expect(accessTokenKid(token)).toBe(footer === '' ? null : KID);
  });

  it.each([
    [
      '4-F-1',
      'v4.local.vngXfCISbnKgiP6VWGuOSlYrFYU300fy9ijW33rznDYgxHNPwWluAY2Bgb0z54CUs6aYYkIJ-bOOOmJHPuX_34Agt_IPlNdGDpRdGNnBz2MpWJvB3cttheEc1uyCEYltj7wBQQYX.YXJiaXRyYXJ5LXN0cmluZy10aGF0LWlzbid0LWpzb24',
      '{"test-vector":"4-F-1"}',
    ],
    [
      '4-F-2',
      `v4.public.eyJpbnZhbGlkIjoidGhpcyBzaG91bGQgbmV2ZXIgZGVjb2RlIn22Sp4gjCaUw0c7EH84ZSm_jN_Qr41MrgLNu5LIBCzUr1pn3Z-Wukg9h3ceplWigpoHaTLcwxj0NsI1vjTh67YB.${KID_FOOTER}`,
      '{"test-vector":"4-F-2"}',
    ],
    [
      '4-F-3',
      'v3.local.23e_2PiqpQBPvRFKzB0zHhjmxK3sKo2grFZRRLM-U7L0a8uHxuF9RlVz3Ic6WmdUUWTxCaYycwWV1yM8gKbZB2JhygDMKvHQ7eBf8GtF0r3K0Q_gF1PXOxcOgztak1eD1dPe9rLVMSgR0nHJXeIGYVuVrVoLWQ.YXJiaXRyYXJ5LXN0cmluZy10aGF0LWlzbid0LWpzb24',
      '{"test-vector":"4-F-3"}',
    ],
    [
      '4-F-4',
      'v4.local.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAr68PS4AXe7If_ZgesdkUMvSwscFlAl1pk5HC0e8kApeaqMfGo_7OpBnwJOAbY9V7WU6abu74MmcUE8YWAiaArVI8XJ5hOb_4v9RmDkneN0S92dx0OW4pgy7omxgf3S8c3LlQh',
      '',
    ],
    [
      '4-F-5',
      `v4.local.32VIErrEkmY4JVILovbmfPXKW9wT1OdQepjMTC_MOtjA4kiqw7_tcaOM5GNEcnTxl60WkwMsYXw6FSNb_UdJPXjpzm0KW9ojM5f4O2mRvE2IcweP-PRdoHjd5-RHCiExR1IK6t4x-RMNXtQNbz7FvFZ_G-lFpk5RG3EOrwDL6CgDqcerSQ==.${KID_FOOTER}`,
      '',
    ],
    [
      '4-S-1 with another spelling of its last byte',
      `${MESSAGE}bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAxFaSeef1QlXEFtkqxT1ciiQEDB`,
      '',
    ],
    [
      '4-S-1 with padding',
      `${MESSAGE}bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAxFaSeef1QlXEFtkqxT1ciiQEDA==`,
      '',
    ],
    [
      '4-S-3 without its implicit assertion',
      `${MESSAGE}NPWciuD3d0o5eXJXG5pJy-DiVEoyPYWs1YSTwWHNJq6DZD3je5gf-0M4JR9ipdUSJbIovzmBECeaWmaqcaP0DQ.${KID_FOOTER}`,
      '',
    ],
    [
      '4-S-2 without its footer',
      `${MESSAGE}v3Jt8mx_TdM2ceTGoqwrh4yDFn0XsHvvV_D0DtwQxVrJEBMl0F2caAdgnpKlt4p7xBnx1HcO-SPo8FPp214HDw`,
      '',
    ],
  ])('refuses vector %s', (_, token, implicitAssertion) => {
    expect(verifyV4Public(token, publicKey, implicitAssertion)).toBeNull();
  });

  it('signs as another implementation does, verifies what it signs, and refuses what it refuses', async () => {
    const secretKey = await v4.ImportSecretKey(`k4.secret.${Buffer.from(SECRET_KEY, 'hex').toString('base64url')}`);
    const theirs = await v4.ImportPublicKey(`k4.public.${Buffer.from(PUBLIC_KEY, 'hex').toString('base64url')}`);
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, text, text, fc.nat(), async (message, footer, implicitAssertion, at) => {
        const options = { now, footer: bytes(footer), implicitAssertion: bytes(implicitAssertion) };
        const token = await v4.Sign(secretKey, { message, exp: CLAIMS.exp }, { ...options, addIssuedAt: false });
        const unsigned = { message: Buffer.from(JSON.stringify({ message, exp: CLAIMS.exp })), implicitAssertion };
        expect(signV4Public({ ...unsigned, footer: Buffer.from(footer) }, privateKey)).toBe(token);
        expect(JSON.parse(String(verifyV4Public(token, publicKey, implicitAssertion)?.message)).message).toBe(message);
        const index = at % token.length;
        const changed = token.slice(0, index) + (token[index] === 'A' ? 'B' : 'A') + token.slice(index + 1);
        const verified = v4.Verify(theirs, changed, { now, implicitAssertion: bytes(implicitAssertion) });
        const isTheirs = await verified.then(
          () => true,
          () => false,
        );
        expect(verifyV4Public(changed, publicKey, implicitAssertion) !== null).toBe(isTheirs);
      }),
    );
  });
});
