import type { Json } from '@santokit/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServedClub, serveClub } from './testing/served-club.ts';

let club: ServedClub;
beforeAll(async () => {
  club = await serveClub();
  await club.database.sql.unsafe(`
    insert into people (id, mail, first, last, nick, boss) values
      ('p1', 'secret@x.org', 'Ann', 'Lee', '(mail)=(x', null), ('p2', null, null, null, null, 'p1');
    insert into team_list values ('t1');
    insert into member values ('t1', 'p2', null);
  `);
});
afterAll(() => club.close());

const INTO = 'db/people/insert';

it.each<[string, Json, string, object | undefined]>([
  [INTO, { data: { id: 'p1' } }, 'CONFLICT', { column: 'id', constraint: 'pk_people' }],
  [INTO, { data: { id: 'x', mail: 'secret@x.org' } }, 'CONFLICT', { column: 'mail', constraint: 'uq_mail' }],
  [INTO, { data: { id: 'x', first: 'Ann', last: 'Lee' } }, 'CONFLICT', { constraint: 'people_name' }],
  [INTO, { data: { id: 'x', boss: 'none' } }, 'CONFLICT', { column: 'boss', constraint: 'fk_boss' }],
  [INTO, { data: { id: 'x', age: 130 } }, 'BAD_REQUEST', { column: 'age', constraint: 'stk_check_people_age' }],
  ['db/teams/insert', { data: { id: 't1' } }, 'CONFLICT', { column: 'id', constraint: 'team_list_pkey' }],
  ['db/member/insert', { data: { team_id: 't1', person_id: 'p2' } }, 'CONFLICT', { constraint: 'member_pk' }],
  [
    'db/member/insert',
    { data: { team_id: 'none', person_id: 'p2' } },
    'CONFLICT',
    { column: 'team_id', constraint: 'fk_team' },
  ],
  [
    'db/member/insert',
    { data: { team_id: 't1', person_id: 'none' } },
    'CONFLICT',
    { column: 'person_id', constraint: 'member_person_id_fkey' },
  ],
  [
    'db/people/upsert',
    { data: { id: 'p2', mail: 'secret@x.org' } },
    'CONFLICT',
    { column: 'mail', constraint: 'uq_mail' },
  ],
])(
  '%s %j is %s that names what is declared, by whatever name the database has it',
  async (path, params, code, details) => {
    const thrown = await club.json(path, params).catch((error) => error);
    expect(thrown).toMatchObject({ code, details });
    expect(thrown.details).toEqual(details);
    expect(JSON.stringify([thrown.message, thrown.details, thrown.cause.message])).not.toMatch(/secret|Ann|none/);
  },
);

it.each<[string, Json, string]>([
  [INTO, { data: { id: 'x', mood: 'bad' } }, 'BAD_REQUEST'],
  [INTO, { data: { id: 'x', nick: '(MAIL)=(x' } }, 'CONFLICT'],
  ['db/people/delete', { where: { id: 'p1' } }, 'CONFLICT'],
  ['db/teams/delete', { where: { id: 't1' } }, 'CONFLICT'],
])('%s %j is %s that names nothing, for the constraint is undeclared or of other rows', async (path, params, code) => {
  const thrown = await club.json(path, params).catch((error) => error);
  expect([thrown.code, thrown.details]).toEqual([code, undefined]);
});

it('a relation whose columns were given two collations since the release is refused, not an error of ours', async () => {
  await club.database.sql.unsafe(`
    alter table member alter team_id type text collate "en-x-icu";
    alter table team_list alter id type text collate "C"`);
  for (const params of [{ expand: ['members'] }, { where: { members: { role: null } } }])
    await expect(club.json('db/teams/select', params)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining('two collations'),
    });
});
