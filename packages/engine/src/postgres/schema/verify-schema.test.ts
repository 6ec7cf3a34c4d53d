import { createTestDatabase } from '@santokit/devkit';
import { expect, it } from 'vitest';
import { connect } from '../connect.ts';
import { introspect } from './introspect.ts';
import { pullTables } from './pull-tables.ts';
import { verifySchema } from './verify-schema.ts';

it('a schema that comes out as it is declared verifies, and what a verification that was cut off has left goes', async () => {
  const test = await createTestDatabase();
  const database = connect({ url: test.url, poolMax: 1 });
  await database.sql.unsafe(`
    create schema "Odd Place";
    create type "Odd Place".mood as enum ('well', 'it''s odd');
    create domain score as integer not null check (value between 0 and 10);
    create table owners (id text primary key, name varchar(40) not null, mood "Odd Place".mood);
    create table games (id bigint generated always as identity primary key, owner text references owners on delete cascade, points score, unique (owner, points));
    insert into owners values ('a', 'Ann', 'well')`);
  const { tables } = pullTables(await introspect(database.sql), { connection: 'main' });
  expect(tables.map(({ name }) => name)).toEqual(['games', 'owners']);
  await database.sql.unsafe('create database stk_verify_1_cut_off');

  expect(await verifySchema({ url: test.url, connection: 'main', declared: tables })).toEqual({
    drift: [],
    skipped: [],
  });

  const [left] = await database.sql.unsafe(
    "select count(*)::int as n from pg_database where datname = 'stk_verify_1_cut_off'",
  );
  expect(left?.n).toBe(0);
  await database.close(1_000);
  await test.drop();
});

it('views, and tables that only the database knows how to make, are left out and told', async () => {
  const test = await createTestDatabase();
  const database = connect({ url: test.url, poolMax: 1 });
  await database.sql.unsafe(`
    create table clocks (id bigint primary key, at timestamptz default clock_timestamp());
    create table games (id bigint primary key, clock_id bigint references clocks);
    create view played as select count(*) as n from games;
    create materialized view kept as select id from games`);
  const { tables } = pullTables(await introspect(database.sql), { connection: 'main' });

  expect(await verifySchema({ url: test.url, connection: 'main', declared: tables })).toEqual({
    drift: [],
    skipped: [
      { table: 'clocks', reason: "the default of at is an expression of the database's own" },
      { table: 'kept', reason: 'it is a view, whose SQL is in the database alone' },
      { table: 'played', reason: 'it is a view, whose SQL is in the database alone' },
    ],
  });
  await database.close(1_000);
  await test.drop();
});

it('a user who may not create databases is told what it takes', async () => {
  const test = await createTestDatabase();
  const database = connect({ url: test.url, poolMax: 1 });
  await database.sql.unsafe(`create role verify_nobody login password 'none'`);
  const url = new URL(test.url);
  Object.assign(url, { username: 'verify_nobody', password: 'none' });
  await expect(verifySchema({ url: url.href, connection: 'main', declared: [] })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('CREATEDB'),
  });
  await database.sql.unsafe('drop role verify_nobody');
  await database.close(1_000);
  await test.drop();
});
