import { afterAll, beforeAll, expect, it } from 'vitest';
import { OidcCalls } from './support/oidc-calls.ts';
import { RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const PAGE = 'https://app.example.com';
const PASSWORD = 'password-1';
const PLACE = { project: 'shop', env: 'dev' };
let hub: RunningHub;
let oidc: OidcCalls;
let other: OidcCalls;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply({ ...SHOP_FILES, 'config/auth.yaml': `signup: open\norigins: ["${PAGE}"]\n` });
  oidc = await OidcCalls.start(hub);
  other = await OidcCalls.start(hub, ['elsewhere']);
});
afterAll(async () => {
  await Promise.all([oidc.idp.stop(), other.idp.stop()]);
  await hub.stop();
});

const unlink = (token: string, body: object = {}, provider = 'main') =>
  hub.call(`POST /oidc/${provider}/unlink`, { token, body: { ...PLACE, ...body } });
const identities = async (token: string) =>
  (await hub.must('GET /endusers/identities?project=shop&env=dev', { token })).json.data.items;
const link = async (calls: OidcCalls, login: string, token: string, provider = 'main') =>
  calls.exchange(await calls.goThrough(login, { query: { mode: 'link' }, token, provider }), {}, provider);
const signedUp = async (email: string) =>
  (await hub.must('POST /endusers/signup', { token: '', body: { ...PLACE, email, password: PASSWORD } })).json.data;
const lastEntry = async () => (await hub.store`select action, detail from audit_log order by seq desc limit 1`)[0];

it('an identity that is unlinked leads to the account no more, and the account stays as it was', async () => {
  const { user, accessToken } = await signedUp('ann@example.com');
  await link(oidc, 'ann', accessToken);
  const [linked] = await identities(accessToken);
  expect(linked).toMatchObject({ provider: 'main', issuer: oidc.idp.issuer, subject: 'ann' });
  expect((await unlink(accessToken)).json.data).toEqual(user);
  expect(await lastEntry()).toEqual({ action: 'enduser.oidc_unlink', detail: { user: user.id, provider: 'main' } });
  expect(await identities(accessToken)).toEqual([]);
  expect((await oidc.session('ann')).user.id).not.toBe(user.id);
  expect((await unlink(accessToken)).status).toBe(404);
});

it('the last way to sign in stays: 409, until there is another', async () => {
  const { accessToken } = await oidc.session('bob');
  const refused = await unlink(accessToken);
  expect([refused.status, refused.json.error.code]).toEqual([409, 'CONFLICT']);
  expect((await identities(accessToken)).length).toBe(1);
  // A password alone is none: one signs in with an email and a password.
  await hub.must('POST /endusers/password/set', { token: accessToken, body: { ...PLACE, password: PASSWORD } });
  expect((await unlink(accessToken)).status).toBe(409);
  await link(other, 'bob', accessToken, 'elsewhere');
  expect((await unlink(accessToken)).status).toBe(200);
  expect((await unlink(accessToken, {}, 'elsewhere')).status).toBe(409);
});

it('an identity at a provider that was removed is no way to sign in', async () => {
  const spare = await OidcCalls.start(hub, ['spare']);
  const { accessToken } = await oidc.session('cy');
  await link(spare, 'cy', accessToken, 'spare');
  await hub.must('DELETE /api/v1/projects/shop/envs/dev/oidc/spare');
  await spare.idp.stop();
  expect((await unlink(accessToken)).status).toBe(409);
  expect((await identities(accessToken)).map(({ provider }: { provider: string }) => provider)).toEqual(['main', null]);
});

it('of two at one provider the one that is named goes', async () => {
  const { accessToken } = await oidc.session('di');
  await link(oidc, 'di-too', accessToken);
  expect((await unlink(accessToken, { subject: 'nobody' })).status).toBe(404);
  expect((await unlink(accessToken, { subject: 'di' })).status).toBe(200);
  expect((await identities(accessToken)).map(({ subject }: { subject: string }) => subject)).toEqual(['di-too']);
  await link(oidc, 'di', accessToken);
  expect((await unlink(accessToken)).status).toBe(409);
});

it('of two who are unlinked at once, the last way to sign in stays', async () => {
  const { accessToken, user } = await oidc.session('ed');
  await link(other, 'ed', accessToken, 'elsewhere');
  const both = await Promise.all([unlink(accessToken), unlink(accessToken, {}, 'elsewhere')]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  expect((await hub.store`select 1 from oidc_identities where end_user_id = ${user.id}`).length).toBe(1);
});

it('takes the roles along that the identity gave, and tokens with them', async () => {
  const roles = { claim: 'groups', map: { staff: ['editor'] } };
  await oidc.set('main', { roles, scopes: ['openid', 'email', 'groups'] });
  oidc.idp.accounts.set('fay', { groups: ['staff'] });
  const { accessToken } = await signedUp('fay@example.com');
  const linked = (await link(oidc, 'fay', accessToken)).json.data;
  expect(linked.user.roles).toEqual(['user', 'editor']);
  expect((await unlink(linked.accessToken)).json.data.roles).toEqual(['user']);
  const me = await hub.call('GET /endusers/me?project=shop&env=dev', { token: linked.accessToken });
  expect(me.status).toBe(401);
  await oidc.set('main');
});

it('needs the user: nobody, a page elsewhere and an identity of somebody else get nowhere', async () => {
  const { user, accessToken } = await signedUp('guy@example.com');
  await link(oidc, 'guy', accessToken);
  for (const token of ['', 'nonsense']) expect((await unlink(token)).status).toBe(401);
  const byCookie = (origin: string) =>
    hub.call('POST /oidc/main/unlink', {
      token: '',
      body: PLACE,
      headers: { cookie: `stk_access_shop_dev=${accessToken}`, ...(origin === '' ? {} : { origin }) },
    });
  for (const origin of ['', 'null', 'https://evil.example.com']) expect((await byCookie(origin)).status).toBe(403);
  const stranger = await signedUp('hal@example.com');
  expect((await unlink(stranger.accessToken, { subject: 'guy' })).status).toBe(404);
  expect((await oidc.session('guy')).user.id).toBe(user.id);
  expect((await byCookie(PAGE)).status).toBe(200);
  expect((await unlink(accessToken, {}, 'unknown')).status).toBe(404);
  expect((await unlink(accessToken, { subject: '' })).status).toBe(400);
});
