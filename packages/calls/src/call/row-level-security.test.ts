import type { Json, Principal, Table } from '@santokit/contract';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { connect, type Database } from '@santokit/engine';
import { compileExpression, ExpressionFault } from '@santokit/policy';
import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './call.ts';
import { prepareRelease, type ServedRelease } from './served-release.ts';
import { blogRelease, columns, table } from './testing/blog.ts';
import { NOTHING, POLICY_FUNCTIONS, policy } from './testing/random-policies.ts';

const NOTES: Table = table('notes', {
  key: { columns: ['id'], generate: 'client' },
  columns: columns({
    id: { type: 'int' },
    owner: { type: 'string', nullable: true },
    status: { type: 'string' },
    likes: { type: 'int', nullable: true },
    price: { type: 'decimal', nullable: true },
    due: { type: 'timestamp', nullable: true },
    pinned: { type: 'boolean', nullable: true },
  }),
});
const DDL = `
  create table notes (id integer primary key, owner text, status text collate "en-x-icu" not null, likes integer, price numeric, due timestamptz, pinned boolean);
  alter table notes enable row level security;
  create role notes_reader nologin;
  grant select on notes to notes_reader;
`;
const ROWS = 600;
/** Random policies of a run; more for a longer search. */
const RANDOM = Number(process.env.STK_TEST_POLICIES ?? 400);
const CALLERS: readonly Principal[] = [
  { type: 'user', sub: 'ann', roles: ['reader', 'staff'], claims: { team: 'red', level: 3 } },
  { type: 'user', sub: '\u{1F600}', roles: ['reader'], claims: {} },
  { type: 'api_key', sub: null, roles: ['reader'], claims: {} },
];
const NOW = '2026-01-02T03:04:05Z';
const SUB = "nullif(current_setting('request.sub'), '\u0001')";
const ROLES = "string_to_array(current_setting('request.roles'), ',')";

/** Policies in CEL, and by hand as the author of a native policy writes them who knows that null is no value and an error denies. */
const POLICIES: readonly (readonly [string, string])[] = [
  ['resource.owner == request.auth.sub', `owner is not distinct from ${SUB}`],
  ['resource.owner != request.auth.sub', `owner is distinct from ${SUB}`],
  ['resource.status == "published"', "status = 'published'"],
  [
    'resource.owner == request.auth.sub || resource.status == "published"',
    `owner is not distinct from ${SUB} or status = 'published'`,
  ],
  ['!(resource.status in ["draft", "gone"])', "status not in ('draft', 'gone')"],
  ['resource.owner in request.auth.roles', `coalesce(owner = any(${ROLES}), false)`],
  ['resource.owner == null', 'owner is null'],
  ['has(resource.likes) && resource.likes > 2', 'likes is not null and likes > 2'],
  ['resource.likes > 2', 'likes > 2'],
  ['!(resource.likes > 2)', 'not (likes > 2)'],
  ['resource.likes > 2 || resource.status == "draft"', "likes > 2 or status = 'draft'"],
  ['resource.likes > 2 && resource.pinned == true', 'likes > 2 and pinned is not distinct from true'],
  ['resource.likes * 2 + 1 >= 7', 'likes::numeric * 2 + 1 >= 7'],
  ['10 / resource.likes > 3', 'case when likes <> 0 then trunc(10::numeric / likes) > 3 else false end'],
  ['resource.price < 10.5', 'price < 10.5'],
  ['resource.price == 10', 'price is not distinct from 10'],
  ['resource.due < request.time', `due < timestamptz '${NOW}'`],
  ['resource.due + duration("48h") > request.time', `due + interval '48 hours' > timestamptz '${NOW}'`],
  ['resource.owner.startsWith("a")', "starts_with(owner, 'a')"],
  ['size(resource.owner) == 1', 'char_length(owner) = 1'],
  ['resource.status < "m"', `status collate "C" < 'm'`],
  [
    'resource.pinned == true ? resource.likes > 0 : resource.owner != null',
    'case when pinned is not distinct from true then likes > 0 else owner is not null end',
  ],
  [
    'request.auth.roles.exists(role, role == "staff") && resource.likes != null',
    `'staff' = any(${ROLES}) and likes is not null`,
  ],
  [
    'request.auth.type == "user" && resource.status != "gone"',
    "current_setting('request.type') = 'user' and status <> 'gone'",
  ],
];

const note = fc.record({
  owner: fc.option(fc.constantFrom('ann', 'staff', 'a', '\u{1F600}', 'é', '')),
  status: fc.constantFrom('draft', 'published', 'gone', 'Zed', 'mm', 'é'),
  likes: fc.option(fc.constantFrom(0, 1, 2, 3, -3, 2_147_483_647, -2_147_483_648)),
  price: fc.option(fc.constantFrom('10', '10.00', '10.5', '10.4999999999999999999', '-1')),
  due: fc.option(
    fc.constantFrom(
      '2026-01-02T03:04:05Z',
      '2026-01-01T00:00:00.000001Z',
      '2025-12-31T03:04:05Z',
      '2030-01-01T00:00:00Z',
    ),
  ),
  pinned: fc.option(fc.boolean()),
});

let test: TestDatabase;
let database: Database;
let sql: postgres.Sql;
beforeAll(async () => {
  test = await createTestDatabase();
  database = connect({ url: test.url, poolMax: 2 });
  sql = postgres(test.url, { max: 1, onnotice: () => undefined });
  await sql.unsafe(`${POLICY_FUNCTIONS} ${DDL.replaceAll('notes_reader', reader())}`);
  const rows = fc.sample(note, { numRuns: ROWS, seed: 20_261_121 }).map((values, id) => ({ id, ...values }));
  await sql.unsafe('insert into notes select * from jsonb_populate_recordset(null::notes, $1::text::jsonb)', [
    JSON.stringify(rows),
  ]);
});
afterAll(async () => {
  await sql.unsafe(`drop owned by ${reader()}; drop role ${reader()}`);
  await Promise.all([sql.end(), database.close(1_000)]);
  await test.drop();
});

/** Roles belong to the whole server, which other tests share. */
function reader(): string {
  return `notes_reader_${new URL(test.url).pathname.replace(/\W/g, '')}`;
}

/** What each caller reads under the condition. */
async function idsByBridge(source: string): Promise<number[][]> {
  const rule = { roles: ['reader'], condition: compileExpression(source, NOTES) };
  const release = { ...blogRelease({ notes: { select: [rule] } }), schema: { notes: NOTES } };
  const served = prepareRelease({ releaseId: 'r', contentHash: 'h', release });
  const found: number[][] = [];
  for (const principal of CALLERS) found.push(await idsOf(served, principal));
  return found;
}

async function idsOf(served: ServedRelease, principal: Principal): Promise<number[]> {
  const params: Json = { select: ['id'], limit: 1_000 };
  const databases = new Map([['main', database]]);
  const nowMs = Date.parse(NOW);
  try {
    const { body } = await call({ served, databases, principal, path: 'db/notes/select', params, env: 'dev', nowMs });
    return (JSON.parse(String(body)).data as { id: number }[]).map(({ id }) => id);
  } catch (error) {
    // A condition that the request alone decides.
    if ((error as { code?: string }).code === 'FORBIDDEN') return [];
    throw error;
  }
}

/** What each caller reads under the policy. */
async function idsByPostgres(using: string): Promise<number[][]> {
  return await sql.begin(async (tx) => {
    await tx.unsafe(
      `drop policy if exists readers on notes; create policy readers on notes for select to ${reader()} using (${using})`,
    );
    const found: number[][] = [];
    for (const { sub, roles, type, claims } of CALLERS) {
      const { team, level } = claims as { team?: string; level?: number };
      const settings = { sub, roles: roles.join(','), type, team, level };
      const set = Object.keys(settings).map((name, index) => `set_config('request.${name}', $${index + 1}, true)`);
      await tx.unsafe(
        `select ${set.join(', ')}`,
        Object.values(settings).map((value) => String(value ?? NOTHING)),
      );
      await tx.unsafe(`set local role ${reader()}`);
      const rows = await tx.unsafe<{ id: number }[]>('select id from notes order by id');
      found.push(rows.map(({ id }) => id));
      await tx.unsafe('reset role');
    }
    return found;
  });
}

describe('a condition gives the rows that the same policy gives as row level security', () => {
  it.each(POLICIES)('%s', async (source, using) => {
    expect(await idsByBridge(source)).toEqual(await idsByPostgres(using));
  });

  it('over random policies', { timeout: 3_600_000 }, async () => {
    const seen = { policies: 0, mixed: 0, rows: 0 };
    const property = fc.asyncProperty(policy, async ({ cel, sql: using }) => {
      if (isRefused(cel)) return;
      const rows = await idsByBridge(cel);
      expect(rows, using).toEqual(await idsByPostgres(using));
      seen.policies++;
      seen.rows += rows.flat().length;
      if (rows.some(({ length }) => length > 0 && length < ROWS)) seen.mixed++;
    });
    await fc.assert(property, { numRuns: RANDOM });
    process.stdout.write(`${JSON.stringify(seen)}: random policies gave the same rows as row level security\n`);
    expect(seen.policies).toBeGreaterThan(RANDOM * 0.8);
    expect(seen.mixed).toBeGreaterThan(seen.policies / 3);
  });
});

function isRefused(source: string): boolean {
  try {
    compileExpression(source, NOTES);
    return false;
  } catch (error) {
    if (error instanceof ExpressionFault) return true;
    throw error;
  }
}
