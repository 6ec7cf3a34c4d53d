import { describe, expect, it } from 'vitest';
import { startHubServer } from './hub-server.ts';
import { stk } from './memory-streams.ts';

const PATH = '/api/v1/projects/shop/envs/dev/oidc/google';
const provider = {
  name: 'google',
  issuer: 'https://accounts.google.com',
  clientId: 'hub',
  hasSecret: true,
  clientAuth: 'basic',
  scopes: ['openid', 'email'],
  redirectUris: ['https://app.example.com/a'],
  roles: { claim: 'groups', map: { staff: ['editor', 'support'] } },
  callbackUrl: 'https://hub.example.com/oidc/google/callback',
  createdAt: '2026-01-02T03:04:05.000Z',
  updatedAt: '2026-01-02T03:04:05.000Z',
};
const TESTED = {
  ok: true,
  issuer: provider.issuer,
  authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
  signingKeys: 2,
  issParameter: false,
  latencyMs: 90,
};
const SET =
  'oidc set google --issuer https://accounts.google.com --client-id hub --redirect-uri https://app.example.com/a';

async function run(args: readonly string[], stdin = '') {
  const answer = { status: 200, body: { data: provider } };
  const hub = await startHubServer({
    [`PUT ${PATH}`]: answer,
    [`GET ${PATH}`]: answer,
    [`GET ${PATH.replace('/google', '')}`]: { status: 200, body: { data: { items: [provider] } } },
    [`DELETE ${PATH}`]: { status: 200, body: { data: { name: 'google' } } },
    [`POST ${PATH}/test`]: { status: 200, body: { data: TESTED } },
  });
  const variables = { STK_HUB_URL: hub.url, STK_PROJECT: 'shop', STK_ENV: 'dev', STK_TOKEN: 'secret-token' };
  const result = await stk(args, { cwd: process.cwd(), variables, stdin });
  await hub.stop();
  return { ...result, body: hub.seen[0]?.body };
}

describe('stk oidc set', () => {
  const least = {
    issuer: 'https://accounts.google.com',
    clientId: 'hub',
    clientAuth: 'basic',
    scopes: ['openid', 'email'],
    redirectUris: ['https://app.example.com/a'],
    roles: null,
  };
  it.each([
    ['keeps the secret that there is', '', least],
    ['reads the secret from standard input', '--client-secret -', { ...least, clientSecret: 'from stdin' }],
    ['says that there is none', '--no-client-secret', { ...least, clientSecret: null }],
    ['shows the secret in the body', '--client-auth post', { ...least, clientAuth: 'post' }],
    ['asks for more', '--scopes openid,email,groups', { ...least, scopes: ['openid', 'email', 'groups'] }],
    [
      'takes several addresses, with commas in them',
      '--redirect-uri https://b.test/?x=1,2,com.example.app:/c --redirect-uri https://d.test/',
      {
        ...least,
        redirectUris: [...least.redirectUris, 'https://b.test/?x=1,2', 'com.example.app:/c', 'https://d.test/'],
      },
    ],
    [
      'maps values to roles, also those with =',
      '--roles-claim groups --map-role staff=editor,support --map-role cn=boss=admin --map-role staff=reader',
      { ...least, roles: { claim: 'groups', map: { staff: ['editor', 'support', 'reader'], 'cn=boss': ['admin'] } } },
    ],
  ])('%s', async (_, more, body) => {
    const result = await run([...SET.split(' '), ...more.split(' ').filter((arg) => arg !== '')], 'from stdin\n');
    expect([result.exitCode, result.stderr]).toEqual([0, '']);
    expect(result.body).toEqual(body);
    expect(result.stdout).toContain('Register there: https://hub.example.com/oidc/google/callback');
    expect(result.stdout).not.toContain('from stdin');
  });
});

it('stk oidc show says in words all but the secret', async () => {
  expect((await run(['oidc', 'show', 'google'])).stdout).toBe(
    [
      'google: https://accounts.google.com',
      'client hub, secret kept (basic)',
      'asks for openid email',
      'comes back to https://app.example.com/a',
      'roles by groups: staff gives editor, support',
      'register there: https://hub.example.com/oidc/google/callback',
      '',
    ].join('\n'),
  );
});

it.each<[string, unknown]>([
  [SET, provider],
  ['oidc list', { items: [provider] }],
  ['oidc show google', provider],
  ['oidc show --provider google', provider],
  ['oidc remove google', { name: 'google' }],
  ['oidc test google', TESTED],
])('the document of stk %s is that of the Hub', async (line, document) => {
  const result = await run([...line.split(' '), '--json']);
  expect([result.exitCode, JSON.parse(result.stdout)]).toEqual([0, document]);
});
