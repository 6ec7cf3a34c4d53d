import type { Column, RequestContext, Table } from '@santokit/contract';
import { compileExpression, prepareExpression } from '@santokit/policy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RowsInPostgres, renderPredicate } from './testing/rows-in-postgres.ts';

const column = (name: string, type: Column['type'], rest: Partial<Column> = {}): [string, Column] => [
  name,
  { name, type, nullable: false, ...rest },
];
const DOCS: Table = {
  name: 'docs',
  connection: 'main',
  key: { columns: ['id'], generate: 'uuid_v7' },
  columns: Object.fromEntries([
    column('id', 'uuid'),
    column('owner', 'string'),
    column('team', 'string', { nullable: true, native: 'character varying(40)' }),
    column('size', 'int'),
    column('due', 'date'),
    column('at', 'timestamp'),
    column('local', 'timestamp', { native: 'timestamp without time zone' }),
  ]),
  indexes: [],
  relations: {},
};
const UUID = '0190f3a2-7c1e-4b1a-9f00-0123456789ab';
const request: RequestContext = {
  auth: { type: 'user', sub: 'u1', roles: ['a', 'b'], claims: { id: UUID } },
  params: { n: 5, day: '2024-01-31' },
  timeMs: 0,
  env: 'dev',
};

function render(source: string, sent = request) {
  const prepared = prepareExpression(compileExpression(source, DOCS));
  const { slots } = prepared.bind(sent);
  const { text, encoders } = renderPredicate(prepared, slots, DOCS);
  const [, condition = ''] = /^select (.*) as holds/.exec(text) ?? [];
  return { condition, params: encoders.map((encode) => encode(slots)) };
}

describe('what the common conditions look like', () => {
  it.each([
    [
      'resource.owner == request.auth.sub',
      '(t."owner" = $1::text::text and texteq(t."owner" collate "C", $2::text::text))',
      ['u1', 'u1'],
    ],
    [
      'resource.team == "x"',
      '((t."team" = $1::text::text and texteq(t."team" collate "C", $2::text::text)) and t."team" is not null)',
      ['x', 'x'],
    ],
    ['resource.team == null', '(t."team" is null)', []],
    [
      'resource.team in request.auth.roles',
      '(t."team" is not null and (t."team" = any($1::text::text[]) and case when t."team" collate "C" = any($2::text::text[]) then true else false end))',
      ['{"a","b"}', '{"a","b"}'],
    ],
    ['resource.id == request.auth.claims.id', '(t."id" = $1::text::text::uuid)', [UUID]],
    ['resource.id == request.auth.sub', 'false', []],
    ['resource.size > request.params.n', '(t."size" > $1::text::bigint)', ['5']],
    ['resource.at < request.time', '(t."at" < $1::text::timestamptz)', ['1970-01-01T00:00:00Z']],
  ])('%s', (source, condition, params) => {
    expect(render(source)).toEqual({ condition, params });
  });

  it('an API key, which has no subject, owns nothing', () => {
    const apiKey: RequestContext = { ...request, auth: { type: 'api_key', sub: null, roles: [], claims: {} } };
    expect(render('resource.owner == request.auth.sub', apiKey)).toEqual({
      condition: '(t."owner" is null)',
      params: [],
    });
  });
});

describe('an index on a column is used by a condition on it', () => {
  let rows: RowsInPostgres;
  beforeAll(async () => {
    rows = await RowsInPostgres.create(
      DOCS,
      `create table docs (id uuid, owner text, team varchar(40), size integer, due date, at timestamptz, local timestamp);
       insert into docs select gen_random_uuid(), n, n, n, '2000-01-01'::date + n, now() - n * interval '1 day', now() from generate_series(1, 5000) n;
       create index on docs (id); create index on docs (owner); create index on docs (team); create index on docs (size);
       create index on docs (due); create index on docs (at); create index on docs (local); analyze docs`,
    );
  });
  afterAll(() => rows?.drop());

  it.each([
    'resource.owner == request.auth.sub',
    'resource.team == request.auth.sub',
    'resource.team in request.auth.roles',
    'resource.id == request.auth.claims.id',
    'resource.id in [request.auth.claims.id]',
    'resource.size == request.params.n',
    'resource.size in [1, 2]',
    'resource.due == request.params.day',
    'resource.at < request.time',
    'resource.local < request.time - duration("24h")',
    'resource.owner == request.auth.sub || resource.team == "x"',
  ])('%s', async (source) => {
    const { condition, params } = render(source);
    const plan = await rows.sql.unsafe(`explain select from docs as t where ${condition}`, params, { prepare: false });
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(/Index (Only )?Scan/);
  });
});
