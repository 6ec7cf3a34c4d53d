import { createHmac, randomBytes } from 'node:crypto';
import {
  type AccessTokenClaims,
  importAccessTokenKey,
  issueAccessToken,
  newEd25519KeyPair,
  verifyAccessToken,
} from '@santokit/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentReleaseKey } from '../src/releases/release-key.ts';
import { openForProject } from '../src/secrets/project-secrets.ts';
import { signingKeyIdentity } from '../src/signing-keys/create-signing-key.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const PLACES = [
  { project: 'shop', env: 'dev' },
  { project: 'shop', env: 'prod' },
  { project: 'blog', env: 'dev' },
] as const;
type Place = (typeof PLACES)[number];
const [HERE, OTHER_ENV, OTHER_PROJECT] = PLACES;
const EMAIL = 'ann@example.com';
const PASSWORD = 'password-1';
let hub: RunningHub;
const sessions = new Map<Place, { accessToken: string; refreshToken: string; user: { id: string } }>();
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.must('POST /api/v1/projects', { body: { name: 'blog' } });
  for (const place of PLACES) {
    const at = `/api/v1/projects/${place.project}/envs`;
    if (place !== HERE) await hub.must(`POST ${at}`, { body: { name: place.env } });
    await hub.must(`PUT ${at}/${place.env}/connections/main`, { body: { engine: 'postgres', url: hub.shopUrl } });
    const files = Object.entries({ ...SHOP_FILES, 'config/limits.yaml': 'rateLimits: { login: 1000/min }\n' });
    const body = { files: files.map(([path, content]) => ({ path, content })), ref: 'x' };
    await hub.must(`POST ${at}/${place.env}/apply`, { body });
    const account = { ...place, email: EMAIL, password: PASSWORD };
    sessions.set(place, (await hub.must('POST /endusers/signup', { token: '', body: account })).json.data);
  }
});
afterAll(() => hub.stop());

const session = (place: Place = HERE) => sessions.get(place) ?? { accessToken: '', refreshToken: '', user: { id: '' } };
const me = (token: string, { project, env }: Place = HERE) =>
  hub.call(`GET /endusers/me?project=${project}&env=${env}`, { token });
const now = () => Math.floor(Date.now() / 1_000);

/** The key that signs an env's tokens, as the Hub itself opens it. */
async function keyOf({ project, env }: Place) {
  const [key] = await hub.store`
    select k.kid, k.env_id, k.sealed_private_key, e.project_id from signing_keys k join envs e on e.id = k.env_id
      join projects p on p.id = e.project_id where p.name = ${project} and e.name = ${env} and k.status = 'current'`;
  if (key === undefined) throw new Error('No key');
  const { deps } = hub;
  const identity = signingKeyIdentity(key.env_id, key.kid);
  const secret = { deps, db: deps.store.db, projectId: key.project_id, identity, sealed: key.sealed_private_key };
  return { kid: key.kid as string, privateKey: await openForProject(secret) };
}

const claims = (change: Partial<AccessTokenClaims> = {}): AccessTokenClaims => ({
  sub: session().user.id,
  ...HERE,
  roles: ['user'],
  iat: now(),
  exp: now() + 60,
  jti: 'jti_1',
  sid: 'ses_1',
  ...change,
});

it('what the tests below sign is good where nothing is wrong with it', async () => {
  expect((await me(await issueAccessToken(await keyOf(HERE), claims()))).status).toBe(200);
});

describe('a token is refused', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['of another env of the project', () => session(OTHER_ENV).accessToken],
    ['of another project with an env of that name', () => session(OTHER_PROJECT).accessToken],
    [
      'that says it is of here, signed by the key of another env',
      async () => issueAccessToken(await keyOf(OTHER_ENV), claims()),
    ],
    [
      'of here by its kid, signed by the key of another project',
      async () => issueAccessToken({ ...(await keyOf(OTHER_PROJECT)), kid: (await keyOf(HERE)).kid }, claims()),
    ],
    [
      'signed by the key of releases, which is an Ed25519 key too',
      async () => {
        const { keyId, privateKey } = await currentReleaseKey(hub.deps);
        return issueAccessToken({ kid: keyId, privateKey }, claims());
      },
    ],
    [
      'signed by the key of releases under the kid of here',
      async () => {
        const { privateKey } = await currentReleaseKey(hub.deps);
        return issueAccessToken({ kid: (await keyOf(HERE)).kid, privateKey }, claims());
      },
    ],
    [
      'signed by a key that nobody knows',
      async () => issueAccessToken({ ...newEd25519KeyPair(), kid: (await keyOf(HERE)).kid }, claims()),
    ],
    [
      'of a user of another env',
      async () => issueAccessToken(await keyOf(HERE), claims({ sub: session(OTHER_ENV).user.id })),
    ],
    ['of nobody', async () => issueAccessToken(await keyOf(HERE), claims({ sub: 'usr_nobody' }))],
    [
      'that has expired',
      async () => issueAccessToken(await keyOf(HERE), claims({ iat: now() - 900, exp: now() - 61 })),
    ],
    ['from the future', async () => issueAccessToken(await keyOf(HERE), claims({ iat: now() + 90, exp: now() + 900 }))],
    ['that goes on after its end', () => `${session().accessToken}A`],
    [
      'with another footer',
      () => session().accessToken.replace(/\.[^.]+$/, `.${Buffer.from('{"kid":"x"}').toString('base64url')}`),
    ],
    ['without a footer', () => session().accessToken.replace(/\.[^.]+$/, '')],
    ['of another purpose', () => session().accessToken.replace('v4.public', 'v4.local')],
    ['of another version', () => session().accessToken.replace('v4.public', 'v3.public')],
    ['that is a JWT without a signature', () => jwt({ alg: 'none' }, '')],
    ['that is a refresh token', () => session().refreshToken],
    ["that is an operator's", () => hub.token],
    ['that is a personal one of an operator', () => hub.personalToken('admin')],
    ['of 8,193 characters', () => `v4.public.${'A'.repeat(8_183)}`],
  ])('%s', async (_, token) => {
    const answer = await me(await token());
    expect([answer.status, answer.json.error.code]).toEqual([401, 'UNAUTHORIZED']);
  });

  it('that was made with the public key as if it were a secret one', async () => {
    const { kid } = await keyOf(HERE);
    const { tokenKeys } = (await hub.internal('/keys/shop/dev')).json.data;
    const { publicKey } = tokenKeys.find((key: { kid: string }) => key.kid === kid);
    // HMAC and symmetric encryption with what everybody may know: the confusion that JWT is known for.
    const footer = Buffer.from(JSON.stringify({ kid })).toString('base64url');
    const local = `v4.local.${randomBytes(200).toString('base64url')}.${footer}`;
    for (const token of [local, jwt({ alg: 'HS256', kid }, publicKey)]) expect((await me(token)).status).toBe(401);
    expect(verifyAccessToken(session().accessToken, importAccessTokenKey(publicKey), Date.now())).not.toBeNull();
  });

  it('that is an access token, by the door for operators and the one for Bridges', async () => {
    const { accessToken: token } = session();
    expect((await hub.call('GET /api/v1/projects', { token })).status).toBe(401);
    expect((await hub.call('GET /internal/targets', { token })).status).toBe(401);
    expect((await hub.call('GET /internal/targets', { token: hub.token })).status).toBe(401);
  });

  it.each([
    ['another env', OTHER_ENV],
    ['another project', OTHER_PROJECT],
  ])('that is a refresh token of %s, and it stays good where it is of', async (_, place) => {
    const { refreshToken } = session(place);
    const refresh = (at: Place) => hub.call('POST /endusers/token', { token: '', body: { ...at, refreshToken } });
    expect((await refresh(HERE)).status).toBe(401);
    expect((await hub.call('POST /endusers/logout', { token: '', body: { ...HERE, refreshToken } })).status).toBe(200);
    expect((await refresh(place)).status).toBe(200);
  });

  it('in the place of a refresh token or an exchange code', async () => {
    const { accessToken } = session();
    const refresh = await hub.call('POST /endusers/token', { token: '', body: { ...HERE, refreshToken: accessToken } });
    // Longer than any refresh token.
    expect([400, 401]).toContain(refresh.status);
    const body = { ...HERE, exchangeCode: session().refreshToken };
    expect((await hub.call('POST /oidc/main/exchange', { token: '', body })).status).toBe(401);
  });
});

function jwt(header: object, secret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ typ: 'JWT', ...header })}.${encode(claims())}`;
  return `${signed}.${secret === '' ? '' : createHmac('sha256', Buffer.from(secret, 'base64')).update(signed).digest('base64url')}`;
}
