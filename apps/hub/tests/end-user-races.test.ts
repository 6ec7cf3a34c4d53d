import { accessTokenKid, readAccessToken } from '@santokit/crypto';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit } from '../src/audit/verify-audit.ts';
import { type Answer, RunningHub } from './support/running-hub.ts';
import { SHOP_FILES } from './support/shop-files.ts';

const PLACE = { project: 'shop', env: 'dev' };
const PASSWORD = 'password-1';
let hub: RunningHub;
let count = 0;
beforeAll(async () => {
  hub = await RunningHub.withShop();
  await hub.apply({
    ...SHOP_FILES,
    'config/auth.yaml': 'signup: open\n',
    'config/limits.yaml': 'rateLimits: { login: 1000/min }\n',
  });
});
afterAll(() => hub.stop());

const post = (path: string, body: object) =>
  hub.call(`POST /endusers/${path}`, { token: '', body: { ...PLACE, ...body } });

interface Someone {
  readonly id: string;
  readonly email: string;
  readonly refreshToken: string;
}

async function someone(): Promise<Someone> {
  const email = `user-${count++}@example.com`;
  const { user, refreshToken } = (await post('signup', { email, password: PASSWORD })).json.data;
  return { id: user.id, email, refreshToken };
}

type Change = (tx: postgres.TransactionSql, user: Someone) => Promise<unknown>;

/** Has `ask` wait for the user, changes what `change` does, and lets go of them. */
async function meanwhile(user: Someone, ask: () => Promise<Answer>, change: Change): Promise<Answer> {
  const asked = await hub.store.begin(async (tx) => {
    await tx`select from end_users where id = ${user.id} for no key update`;
    const asking = ask();
    while ((await waiting()) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await change(tx, user);
    return { asking };
  });
  return await asked.asking;
}

async function waiting(): Promise<number> {
  const [row] = await hub.store`
    select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return row?.count ?? 0;
}

const disable: Change = (tx, { id }) => tx`update end_users set disabled = true where id = ${id}`;
const remove: Change = (tx, { id }) => tx`delete from end_users where id = ${id}`;
const rotate: Change = async (tx) => {
  await tx`update signing_keys set status = 'previous', verifies_until = now() + interval '1 hour' where status = 'current'`;
  await tx`update signing_keys set status = 'current' where kid = (select max(kid) from signing_keys where status = 'next')`;
};
const changeRoles: Change = (tx, { id }) => tx`update end_users set roles = '["editor"]' where id = ${id}`;
const giveManyRoles: Change = (tx, { id }) => tx`
  update end_users set roles = (select jsonb_agg('role-of-a-directory-' || n) from generate_series(1, 500) n) where id = ${id}`;
/** As far ahead as no clock is. */
const MARK = Math.floor(Date.now() / 1_000) + 20;
const mark: Change = (tx, { id }) => tx`
  insert into not_before_marks (env_id, sub, not_before, expires_at)
    select env_id, id, to_timestamp(${MARK}), now() + interval '1 hour' from end_users where id = ${id}`;

const tokensOf = async ({ id }: Someone) =>
  (await hub.store`select from refresh_tokens where end_user_id = ${id}`).length;
const loginsOf = async ({ id }: Someone) =>
  (
    await hub.store`select from audit_log where action = 'enduser.login' and detail ->> 'user' = ${id} and not detail ? 'refused'`
  ).length;
const claimsOf = ({ json }: Answer) => readAccessToken(json.data.accessToken).claims;

describe('a login during which', () => {
  const login = ({ email }: Someone) => post('login', { email, password: PASSWORD });

  it.each<[string, Change, string]>([
    ['the user is disabled', disable, 'Wrong email or password'],
    ['the user is deleted', remove, 'Wrong email or password'],
    [
      'the password is changed',
      (tx, { id }) =>
        tx`update end_users set password_hash = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21l$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE' where id = ${id}`,
      'Wrong email or password',
    ],
    [
      'a second factor is confirmed',
      (tx, { id }) =>
        tx`insert into end_user_totp (end_user_id, sealed_secret, confirmed_at) values (${id}, 'sealed', now())`,
      'The code is not right, or was used before',
    ],
  ])('%s is refused, and leaves nothing', async (_, change, message) => {
    const user = await someone();
    const answer = await meanwhile(user, () => login(user), change);
    expect([answer.status, answer.json.error.message]).toEqual([401, message]);
    expect(await tokensOf(user)).toBe(change === remove ? 0 : 1);
    expect(await loginsOf(user)).toBe(0);
  });

  it('another key begins to sign has a token of that key', async () => {
    const user = await someone();
    await hub.store`
      insert into signing_keys (kid, env_id, status, public_key, sealed_private_key)
        select 'key_z', env_id, 'next', public_key, sealed_private_key from signing_keys where status = 'current'`;
    const [before] = await hub.store`select kid from signing_keys where status = 'current'`;
    // The key of another name does not open, so what is signed with the one before would be a token, and this is none.
    expect((await meanwhile(user, () => login(user), rotate)).status).toBe(500);
    expect(await tokensOf(user)).toBe(1);
    await hub.store`delete from signing_keys where kid = 'key_z'`;
    await hub.store`update signing_keys set status = 'current' where kid = ${before?.kid}`;
    const { accessToken } = (await login(user)).json.data;
    expect(accessTokenKid(accessToken)).toBe(before?.kid);
  });

  it('every token of the user is taken away has one that is good from then on', async () => {
    const user = await someone();
    const answer = await meanwhile(user, () => login(user), mark);
    expect(answer.status).toBe(200);
    expect(Date.parse(String(claimsOf(answer)?.iat)) / 1_000).toBe(MARK);
  });

  it('the roles change has the new ones', async () => {
    const user = await someone();
    const answer = await meanwhile(user, () => login(user), changeRoles);
    expect([answer.json.data.user.roles, claimsOf(answer)?.roles]).toEqual([['editor'], ['editor']]);
  });

  it('the user gets more roles than a token holds is refused, and leaves nothing', async () => {
    const user = await someone();
    const answer = await meanwhile(user, () => login(user), giveManyRoles);
    expect([answer.status, answer.json.error.message]).toEqual([409, expect.stringContaining('more roles')]);
    expect([await tokensOf(user), await loginsOf(user)]).toEqual([1, 0]);
  });
});

describe('a refresh during which', () => {
  const refresh = ({ refreshToken }: Someone) => post('token', { refreshToken });

  it.each<[string, Change]>([
    ['the user is disabled', disable],
    ['the user is deleted', remove],
    [
      'the session is ended',
      (tx, { id }) => tx`update refresh_tokens set revoked_at = now() where end_user_id = ${id}`,
    ],
  ])('%s is refused, and gives no token', async (_, change) => {
    const user = await someone();
    expect((await meanwhile(user, () => refresh(user), change)).status).toBe(401);
    expect(await tokensOf(user)).toBe(change === remove ? 0 : 1);
  });

  it('the user gets more roles than a token holds is refused, and spends nothing', async () => {
    const user = await someone();
    expect((await meanwhile(user, () => refresh(user), giveManyRoles)).status).toBe(409);
    await hub.store`update end_users set roles = '[]' where id = ${user.id}`;
    expect((await refresh(user)).status).toBe(200);
  });

  it('every token of the user is dated has one that is good from then on', async () => {
    const user = await someone();
    expect(Date.parse(String(claimsOf(await meanwhile(user, () => refresh(user), mark))?.iat)) / 1_000).toBe(MARK);
  });
});

it('a login that the audit log cannot be told of opens no session', async () => {
  const user = await someone();
  await hub.store`create trigger refuse_all before insert on audit_log for each row execute function refuse_audit_change()`;
  expect((await post('login', { email: user.email, password: PASSWORD })).status).toBe(500);
  await hub.store`drop trigger refuse_all on audit_log`;
  expect(await tokensOf(user)).toBe(1);
});

it('users who log in at once each have a session and an entry, in one chain', async () => {
  const users = [await someone(), await someone(), await someone()];
  const all = [...users, ...users, ...users];
  const answers = await Promise.all(all.map(({ email }) => post('login', { email, password: PASSWORD })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  for (const user of users) expect([await tokensOf(user), await loginsOf(user)]).toEqual([4, 3]);
  expect(await verifyAudit(hub.deps)).toMatchObject({ ok: true, problems: [] });
});
