import type {
  CompiledPermissions,
  CompiledRule,
  Expression,
  Json,
  Principal,
  RequestContext,
  Table,
} from '@santokit/contract';
import type { Database, Queryable } from '@santokit/engine';
import { holds } from '@santokit/policy';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './call.ts';
import { prepareRelease, type ServedRelease } from './served-release.ts';
import { BLOG_SCHEMA, blogRelease } from './testing/blog.ts';
import { type Draw, type RandomCall, randomCall } from './testing/random-calls.ts';
import { randomRules } from './testing/random-rules.ts';
import { type ServedBlog, serveBlog } from './testing/served-blog.ts';

/** Sets of random rules of a run, each with some calls; more for a longer search. */
const RULES = Number(process.env.STK_TEST_RULES ?? 120);
const CALLER: Principal = { type: 'user', sub: 'u1', roles: ['reader', 'u2'], claims: {} };
const REQUEST: RequestContext = { auth: CALLER, params: {}, timeMs: Date.parse('2026-01-01T00:00:00Z'), env: 'dev' };

let blog: ServedBlog;
let database: Database;
const rows = new Map<string, readonly Row[]>();
type Row = Readonly<Record<string, Json>>;

beforeAll(async () => {
  blog = await serveBlog();
  ({ database } = blog);
  await database.sql.unsafe(`
    insert into users select 'u' || n, (array['Ann', 'Bob', 'Abe'])[1 + n % 3], 'u' || n || '@x.org', case when n % 2 = 0 then '+49' || n end
      from generate_series(1, 6) n;
    insert into posts (id, author_id, title, status, likes, note, created_at)
      select 'p' || n, 'u' || (1 + n % 6), (array['One', 'Two', 'oo'])[1 + n % 3], (array['draft', 'published'])[1 + n % 2], n % 5,
        case when n % 3 = 0 then 'note' || n end, timestamptz '2025-12-20 00:00:00+00' + n * interval '1 day' from generate_series(1, 24) n;
    insert into comments (post_id, author_id, body) select 'p' || (1 + n % 24), case when n % 4 > 0 then 'u' || (1 + n % 6) end,
      (array['secret', 'a', 'b'])[1 + n % 3] from generate_series(1, 40) n;
    insert into samples (id, s, i, b, f, d, t, j, tags) select n, (array['u1', 'u2', 'x'])[1 + n % 3], n % 3 - 1, n % 7, n / 2.0, n / 4.0, n % 2 = 0,
      jsonb_build_object('deep', jsonb_build_object('er', 's' || n % 3)), jsonb_build_array('M' || n % 3) from generate_series(1, 12) n;
    insert into members select (array['red', 'blue'])[1 + n % 2], 'u' || n, date '2025-01-01' + n from generate_series(1, 6) n;
  `);
  for (const name of Object.keys(BLOG_SCHEMA))
    rows.set(name, (await blog.json(`db/${name}/select`, { limit: 1_000 })).data as Row[]);
});
afterAll(() => blog.close());

describe('what a caller may not see', () => {
  it('changes no byte of any answer when it changes itself', { timeout: 600_000 }, async () => {
    const seen = { compared: 0, changed: 0, answered: 0 };
    const calls = fc.array(randomCall(), { minLength: 6, maxLength: 12 });
    const property = fc.asyncProperty(randomRules('reader'), calls, async (tables, each) => {
      const served = prepareRelease({ releaseId: 'r', contentHash: 'h', release: blogRelease(tables) });
      const hidden = Object.values(BLOG_SCHEMA).flatMap((table) => changesOfHidden(table, tables));
      const invisible = Object.values(BLOG_SCHEMA).flatMap((table) => changesOfInvisible(table, tables));
      for (const one of each) {
        if (/insert|upsert/.test(one.path)) continue;
        // A write reaches what its own rule says, which may be more than what can be read.
        const changes = /update|delete/.test(one.path) ? hidden : [...hidden, ...invisible];
        const before = await outcomeOf(served, one, []);
        const after = await outcomeOf(served, one, changes);
        seen.compared++;
        if (changes.length > 0) seen.changed++;
        if (before.startsWith('{')) seen.answered++;
        expect(after, `${one.path} ${JSON.stringify(one.params(draw))}\n${changes.join('\n')}`).toBe(before);
      }
    });
    await fc.assert(property, { numRuns: RULES });
    process.stdout.write(`${JSON.stringify(seen)} calls gave the same answers over changed secrets\n`);
    expect(Math.min(seen.changed, seen.answered)).toBeGreaterThan(RULES);
  });
});

/** Columns that the rule of select leaves out or hides, set to something else in every row. */
function changesOfHidden(table: Table, tables: CompiledPermissions['tables']): string[] {
  const rule = tables[table.name]?.select?.[0];
  return freeColumns(table, tables).flatMap((column) => {
    const isHidden = rule?.columns !== undefined && !rule.columns.includes(column);
    return rule === undefined || isHidden || rule.mask?.[column] === 'hide' ? changeOf(table, column, 'true') : [];
  });
}

/** All columns of the rows that the condition of select does not let through. */
function changesOfInvisible(table: Table, tables: CompiledPermissions['tables']): string[] {
  const rule: CompiledRule | undefined = tables[table.name]?.select?.[0];
  const condition = rule?.condition;
  const [key = ''] = table.key.columns;
  if (condition === undefined || table.key.columns.length > 1) return [];
  const unseen = (rows.get(table.name) ?? []).filter((row) => !holds(condition, { request: REQUEST, row }));
  if (unseen.length === 0) return [];
  const those = `${key}::text in (${unseen.map((row) => `'${row[key]}'`).join(', ')})`;
  return freeColumns(table, tables).flatMap((column) => changeOf(table, column, those));
}

/** Those that decide about nothing: no key, no reference, nothing unique, and in no condition or check. */
function freeColumns(table: Table, tables: CompiledPermissions['tables']): string[] {
  const deciding = new Set(table.key.columns);
  for (const rules of Object.values(tables[table.name] ?? {}))
    for (const { condition, check } of rules ?? []) for (const each of [condition, check]) addColumns(each, deciding);
  return Object.values(table.columns)
    .filter(({ name, unique, references }) => !deciding.has(name) && unique !== true && references === undefined)
    .map(({ name }) => name);
}

function addColumns(expression: Expression | undefined, columns: Set<string>): void {
  if (expression?.kind === 'column') columns.add(expression.name);
  else if (expression?.kind === 'call') for (const argument of expression.arguments) addColumns(argument, columns);
  else if (expression?.kind === 'quantifier')
    for (const part of [expression.over, expression.body]) addColumns(part, columns);
  else if (expression?.kind === 'list') for (const item of expression.items) addColumns(item, columns);
}

/** Another value of the type that the column also takes. */
const OTHER: Readonly<Record<string, string>> = {
  name: "'Zoe'",
  phone: "'+000'",
  title: "'zzz'",
  status: "'zzz'",
  likes: '77',
  note: "'zzz'",
  created_at: "timestamptz '2001-01-01 00:00:00+00'",
  body: "'zzz'",
  since: "date '2001-01-01'",
  s: "'zzz'",
  i: '77',
  b: '77',
  f: '77.5',
  d: '77.5',
  t: 'not coalesce(t, true)',
  j: `'{"deep": {"er": "zzz"}}'`,
  tags: `'["zzz"]'`,
};

function changeOf(table: Table, column: string, where: string): string[] {
  const value = OTHER[column];
  return value === undefined ? [] : [`update ${table.name} set ${column} = ${value} where ${where}`];
}

/** The answer, or the error with all that a caller is told of it; what was written is taken back. */
async function outcomeOf(
  served: ServedRelease,
  { path, params }: RandomCall,
  changes: readonly string[],
): Promise<string> {
  const taken = new Error('taken back');
  let outcome = '';
  const work = async (tx: Queryable) => {
    for (const change of changes) await tx.query(change, []);
    const databases = new Map([['main', tx]]);
    const request = {
      served,
      databases,
      principal: CALLER,
      path,
      params: params(draw),
      env: 'dev',
      nowMs: REQUEST.timeMs,
    };
    outcome = await call(request).then(
      ({ body }) => String(body),
      (error) => `${error.code} ${error.message} ${JSON.stringify(error.details)}`,
    );
    throw taken;
  };
  await database.transaction(work).catch((error) => {
    if (error !== taken && !outcome.includes(' ')) throw error;
  });
  return outcome;
}

/** Values that some rows have. */
const draw: Draw = (type, column) => {
  if (column?.enum !== undefined) return column.enum[0] ?? null;
  switch (type) {
    case 'string':
    case 'file':
      return column?.name === 'author_id' || column?.name === 'id' ? 'u1' : 'a';
    case 'int':
      return 1;
    case 'bigint':
      return '2';
    case 'float':
    case 'decimal':
      return type === 'float' ? 0.5 : '0.50';
    case 'boolean':
      return true;
    case 'json':
      return { deep: { er: 's1' } };
    case 'timestamp':
      return '2025-12-25T00:00:00Z';
    case 'date':
      return '2025-01-03';
    case 'uuid':
      return '00000000-0000-4000-8000-000000000001';
    case 'bytes':
      return 'AAAA';
    case 'array':
      return column?.items?.type === 'int' ? [1] : ['M1'];
  }
};
