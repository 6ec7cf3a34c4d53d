import type { Json } from '@santokit/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ServedClub, serveClub } from './testing/served-club.ts';

let club: ServedClub;
beforeAll(async () => {
  club = await serveClub();
});
beforeEach(async () => {
  await club.database.sql.unsafe(`
    truncate people, team_list, member;
    insert into people (id) values ('p1'), ('p2');
    insert into team_list values ('t1'), ('t2');
    insert into member values ('t1', 'p1', 'lead');
  `);
});
afterAll(() => club.close());

const P2 = { team_id: 't1', person_id: 'p2' };

describe('a link table', () => {
  it.each<[string, Json, unknown]>([
    ['insert', { data: P2 }, { ...P2, role: null }],
    ['insert', { data: [P2], returning: ['role'] }, [{ ...P2, role: null }]],
    ['upsert', { data: { ...P2, person_id: 'p1' } }, { team_id: 't1', person_id: 'p1', role: 'lead' }],
    ['upsert', { data: { ...P2, person_id: 'p1', role: 'x' } }, { team_id: 't1', person_id: 'p1', role: 'x' }],
    ['update', { where: { team_id: 't1' }, data: { role: null } }, { affected: 1 }],
    [
      'update',
      { where: { person_id: 'p1' }, data: { team_id: 't2' }, returning: true },
      [{ team_id: 't2', person_id: 'p1', role: 'lead' }],
    ],
    ['delete', { where: { person_id: 'p1' }, returning: ['role'] }, [{ team_id: 't1', person_id: 'p1', role: 'lead' }]],
    ['count', { where: { role: 'lead' } }, { count: 1 }],
  ])('answers %s %j', async (operation, params, data) => {
    expect((await club.json(`db/member/${operation}`, params)).data).toEqual(data);
  });

  it('is expanded to both of its sides, and from them', async () => {
    const { data: links } = await club.json('db/member/select', { expand: { team: true, person: { select: ['id'] } } });
    expect(links).toEqual([{ team_id: 't1', person_id: 'p1', role: 'lead', team: { id: 't1' }, person: { id: 'p1' } }]);
    const expand = { members: { select: ['role'], expand: { person: { select: ['id'] } } } };
    expect((await club.json('db/teams/select', { expand, orderBy: { id: 'asc' } })).data).toEqual([
      { id: 't1', members: [{ role: 'lead', person: { id: 'p1' } }] },
      { id: 't2', members: [] },
    ]);
  });

  it('is paged by its key', async () => {
    await club.json('db/member/insert', { data: P2 });
    const first = await club.json('db/member/select', { select: ['person_id'], limit: 1 });
    expect(first.data).toEqual([{ person_id: 'p1' }]);
    const next = { select: ['person_id'], limit: 1, after: first.meta.nextCursor };
    expect((await club.json('db/member/select', next)).data).toEqual([{ person_id: 'p2' }]);
  });
});
