import { DEFAULT_LIMITS, type Json, type Schema } from '@santokit/contract';
import { createTestDatabase } from '@santokit/devkit';
import { connect, type Database } from '@santokit/engine';
import { call } from '../call.ts';
import { prepareRelease } from '../served-release.ts';
import { blogRelease, columns, table } from './blog.ts';
import { ADMIN } from './served-blog.ts';

const text = { type: 'string' } as const;
const nullable = { ...text, nullable: true } as const;
const reference = (to: string) => ({ table: to, column: 'id', onDelete: 'restrict', onUpdate: 'restrict' }) as const;
const key = { columns: ['id'], generate: 'client' } as const;

/** People in teams by a link table. Most constraints have names that Santokit would not give, as in an adopted database. */
const CLUB_SCHEMA: Schema = {
  people: table('people', {
    key,
    columns: columns({
      id: text,
      mail: { ...nullable, unique: true },
      first: nullable,
      last: nullable,
      nick: nullable,
      boss: { ...nullable, references: reference('people') },
      mood: { ...text, default: { kind: 'literal', value: 'fine' } },
      // The database is one release ahead of this one.
      age: { type: 'int', nullable: true, max: '150', enforce: true },
    }),
    indexes: [{ columns: ['first', 'last'], unique: true }],
    relations: { memberships: { kind: 'many', table: 'member', column: 'id', targetColumn: 'person_id' } },
  }),
  teams: table('teams', {
    nativeName: 'team_list',
    key,
    columns: columns({ id: text }),
    relations: { members: { kind: 'many', table: 'member', column: 'id', targetColumn: 'team_id' } },
  }),
  member: table('member', {
    key: { columns: ['team_id', 'person_id'] },
    columns: columns({
      team_id: { ...text, references: reference('teams') },
      person_id: { ...text, references: reference('people') },
      role: nullable,
    }),
    relations: {
      team: { kind: 'one', table: 'teams', column: 'team_id', targetColumn: 'id' },
      person: { kind: 'one', table: 'people', column: 'person_id', targetColumn: 'id' },
    },
  }),
};

const CLUB_DDL = `
  create table people (
    id text constraint pk_people primary key, mail text constraint uq_mail unique, first text, last text, nick text,
    boss text constraint fk_boss references people, mood text not null default 'fine' constraint mood_ok check (mood <> 'bad'),
    age int constraint stk_check_people_age check (age <= 120),
    constraint people_name unique (first, last));
  create unique index people_nick on people (lower(nick));
  create table team_list (id text primary key);
  create table member (
    team_id text constraint fk_team references team_list, person_id text references people, role text,
    constraint member_pk primary key (team_id, person_id));
`;

const ALL = [{ roles: ['admin'] }];

export interface ServedClub {
  readonly database: Database;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  json(path: string, params: Json): Promise<any>;
  close(): Promise<void>;
}

/** The club in a database of its own, called by one who may do everything. */
export async function serveClub(): Promise<ServedClub> {
  const test = await createTestDatabase();
  const database = connect({ url: test.url, poolMax: 2 });
  await database.sql.unsafe(CLUB_DDL);
  const rules = { select: ALL, insert: ALL, update: ALL, delete: ALL };
  const permissions = Object.fromEntries(Object.keys(CLUB_SCHEMA).map((name) => [name, rules]));
  const release = { ...blogRelease(permissions), schema: CLUB_SCHEMA };
  const served = prepareRelease({ releaseId: 'r1', contentHash: 'sha256:0', release }, DEFAULT_LIMITS);
  const databases = new Map([['main', database]]);
  return {
    database,
    json: async (path, params) => {
      const { body } = await call({ served, databases, principal: ADMIN, path, params, env: 'dev', nowMs: 0 });
      return JSON.parse(String(body));
    },
    close: async () => {
      await database.close(1_000);
      await test.drop();
    },
  };
}
