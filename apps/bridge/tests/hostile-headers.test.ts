import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shopRelease } from './support/shop.ts';
import { type BridgeClient, Stage } from './support/stage.ts';

const stage = new Stage();
let bridge: BridgeClient;

beforeAll(async () => {
  await stage.open();
  const release = shopRelease();
  stage.apply({ ...release, auth: { ...release.auth, origins: ['https://app.example.com'] } });
  bridge = await (await stage.bridge()).ready();
});
afterAll(() => stage.close());

function statusOf(method: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest(bridge.url + path, { method, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end(method === 'POST' ? '{}' : undefined);
  });
}

/** What parsers trip over, beside any characters that a header can carry. */
const hostileText = fc.oneof(
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code === 0x7f ? 0x7e : code)),
    maxLength: 60,
  }),
  fc
    .array(
      fc.constantFrom(
        ',',
        ';',
        '=',
        'q=',
        '*',
        '*/*',
        '"',
        'gzip',
        'application/cbor',
        'stk_access_shop_dev',
        '0',
        '1.0',
        ' ',
      ),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('__proto__', 'constructor', 'null', `${'a,'.repeat(5_000)}`, `${';q=0'.repeat(2_000)}`),
);
const NAMES = [
  'accept',
  'accept-encoding',
  'access-control-request-headers',
  'access-control-request-method',
  'authorization',
  'content-type',
  'cookie',
  'origin',
  'x-request-id',
  'x-santokit-env',
  'x-santokit-project',
];

it('no header, whatever it holds, makes the Bridge fail or fall silent', async () => {
  const path = fc.constantFrom('/call', '/call/db/posts/select', '/batch');
  const headers = fc.dictionary(fc.constantFrom(...NAMES), hostileText, { maxKeys: 4, noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('POST', 'OPTIONS'),
      path,
      fc.boolean(),
      headers,
      async (method, to, known, sent) => {
        const credential = known ? { 'x-santokit-api-key': stage.admin.key } : {};
        const status = await statusOf(method, to, { 'content-type': 'application/json', ...credential, ...sent });
        expect([200, 204, 400, 401, 403, 404, 415, 431]).toContain(status);
      },
    ),
    { numRuns: 400 },
  );
});
