import type { CompiledPermissions, Expression, Json } from '@santokit/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EVERYTHING, type ServedBlog, serveBlog, user } from './testing/served-blog.ts';

let blog: ServedBlog;
beforeAll(async () => {
  blog = await serveBlog();
  await blog.database.sql.unsafe(`insert into users values ('u1', 'Ann', 'ann@x.org', null)`);
});
afterAll(() => blog.close());

type Rules = CompiledPermissions['tables'][string];

const mail: Expression = { kind: 'constant', type: 'string', value: 'ann@x.org' };
const serverWrites: Rules = { insert: [{ roles: ['authenticated'], columns: ['name'], set: { email: mail } }] };
const callerWrites: Rules = { insert: [{ roles: ['authenticated'] }] };
const named = { column: 'email', constraint: 'users_email_key' };

it.each<[string, Rules, Json, object | undefined]>([
  ['not where a rule wrote what they may not see', serverWrites, { name: 'c' }, undefined],
  [
    'nor in a list of rows',
    { ...serverWrites, select: [{ roles: ['authenticated'], columns: ['name'] }] },
    [{ name: 'c' }],
    undefined,
  ],
  ['where they sent it', callerWrites, { name: 'c', email: 'ann@x.org' }, named],
  ['where a row of a list has it', callerWrites, [{ name: 'c', email: 'ann@x.org' }], named],
  ['where they may select it', { ...serverWrites, select: [{ roles: ['authenticated'] }] }, { name: 'c' }, named],
])('a broken constraint is named to who knows of its column: %s', async (_, rules, data, details) => {
  blog.serve({ ...EVERYTHING, users: rules });
  const thrown = await blog.call('db/users/insert', { data }, user('u1')).catch((error) => error);
  expect([thrown.code, thrown.details]).toEqual(['CONFLICT', details]);
});

it('the key is known to everybody', async () => {
  blog.serve({ ...EVERYTHING, members: { insert: [{ roles: ['authenticated'] }] } });
  const row = { team: 't', person: 'p' };
  await blog.call('db/members/insert', { data: row }, user('u1'));
  const thrown = await blog.call('db/members/insert', { data: row }, user('u1')).catch((error) => error);
  expect(thrown.details).toEqual({ constraint: 'members_pkey' });
});
