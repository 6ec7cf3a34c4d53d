import {
  type CompiledPermissions,
  DEFAULT_LIMITS,
  type Json,
  type Principal,
  type RequestContext,
} from '@santokit/contract';
import type { Database, Transaction } from '@santokit/engine';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './call.ts';
import { prepareRelease, type ServedRelease } from './served-release.ts';
import { BLOG_SCHEMA, blogRelease } from './testing/blog.ts';
import { BLOG_ROWS, type BlogRows, type Row, storeRows } from './testing/blog-rows.ts';
import { type ChangedSecrets, changeSecrets } from './testing/change-secrets.ts';
import { drawSome } from './testing/draw-some.ts';
import { type RandomCall, randomCall, randomUpsert, randomWrite } from './testing/random-calls.ts';
import { randomRules, secretiveRules, upsertingRules } from './testing/random-rules.ts';
import { type ServedBlog, serveBlog, valueHash } from './testing/served-blog.ts';
import { type AskedCall, Sight } from './testing/sight.ts';

/**
 * Two databases that differ in nothing that the caller may see give the same answers. The second has other values wherever the rules
 * hide them (left out, masked, or within rows that no condition lets through, those that the conditions read included, as long as the
 * conditions come out the same), fewer and more rows that are not let through, and other keys where these and all references to them
 * are hidden. Of a `last4` the end stays; of a `hash` which values are equal.
 *
 * Left out is what the contract tells, whoever asks:
 * - Constraints. That a key or a unique value is taken, that a referenced row is there, or that a row is still referred to: of the table
 *   that a call writes keys and unique values stay, and so do the rows that its references, or those to what it deletes, could meet.
 * - Rules about rows as they will be. A check, and whether a written row is seen afterwards, depend on columns that may be hidden:
 *   these stay in rows that an update or upsert reaches.
 * - Relations go by references that are hidden: these stay where a call follows them, unless they are renamed together with the key.
 * - What a write reaches by its own rule and no select would show: the columns that it names stay, for its `where` may compare them.
 * - The order of rows where nothing decides it: of what an update or delete answers, and of lists where a rule hides the key. They are
 *   compared without it, and such lists are asked for whole.
 */

/** Sets of random rules of a run, each with some calls; more for a longer search. */
const RULES = Number(process.env.STK_TEST_RULES ?? 110);
const CALLER: Principal = { type: 'user', sub: 'u1', roles: ['reader', 'u2'], claims: {} };
const REQUEST: RequestContext = { auth: CALLER, params: {}, timeMs: Date.parse('2026-01-01T00:00:00Z'), env: 'dev' };

let blog: ServedBlog;
let database: Database;
let rows: BlogRows;

beforeAll(async () => {
  blog = await serveBlog();
  ({ database } = blog);
  // Both calls are made at one time, also by the clock of the database.
  await database.sql.unsafe(`
    create function public.now() returns timestamptz stable return timestamptz '2026-01-01 00:00:00+00';
    alter table posts alter created_at set default public.now(); ${BLOG_ROWS}
  `);
  const stored = Object.keys(BLOG_SCHEMA).map(async (name) => {
    const { data } = await blog.json(`db/${name}/select`, { limit: 1_000 });
    return [name, data as Row[]] as const;
  });
  rows = Object.fromEntries(await Promise.all(stored));
});
afterAll(() => blog.close());

describe('what a caller may not see', () => {
  it('changes no byte of any answer when it changes itself', { timeout: 3_600_000 }, async () => {
    const call = fc.oneof({ weight: 2, arbitrary: randomCall() }, randomWrite());
    const rules = fc.oneof(randomRules('reader'), secretiveRules('reader'));
    const told = await compareAll(RULES, rules, call);
    expect(told.least()).toBeGreaterThan(0);
    expect(told.compared).toBeGreaterThanOrEqual(7 * RULES);
  });

  it('is told by no upsert of the row that it meets', { timeout: 3_600_000 }, async () => {
    const told = await compareAll(Math.ceil(RULES / 4), upsertingRules('reader'), randomUpsert());
    expect(told.answered).toBeGreaterThan(told.compared / 4);
  });
});

async function compareAll(
  runs: number,
  rules: fc.Arbitrary<CompiledPermissions['tables']>,
  call: fc.Arbitrary<RandomCall>,
): Promise<Counts> {
  const told = new Counts();
  const calls = fc.array(fc.tuple(call, fc.nat()), { minLength: 6, maxLength: 12 });
  const property = fc.asyncProperty(rules, calls, async (tables, each) => {
    const states = new TwoStates(tables);
    for (const [{ path, params }, seed] of each) told.add(path, ...(await states.compare(path, params, seed)));
  });
  await fc.assert(property, { numRuns: runs });
  process.stdout.write(`${told}\n`);
  return told;
}

/** The database as it is and with other secrets, each asked under the same rules. */
class TwoStates {
  readonly #tables: CompiledPermissions['tables'];
  readonly #isOrdered: boolean;
  readonly #first: ServedRelease;
  readonly #second: ServedRelease;
  #originals: ReadonlyMap<string, string> = new Map();

  constructor(tables: CompiledPermissions['tables']) {
    this.#tables = tables;
    this.#isOrdered = keysAreSeen(tables);
    this.#first = served(tables, valueHash);
    this.#second = served(tables, (text) => valueHash(this.#originals.get(text) ?? text));
  }

  /** Asks both the same; half of the calls without the columns that the first answer refuses. */
  async compare(path: string, made: RandomCall['params'], seed: number): Promise<[answer: string, ChangedSecrets]> {
    let params = made(drawSome(seed));
    if (!this.#isOrdered) params = whole(params);
    let before = await outcomeOf(this.#first, path, params, rows);
    for (let tries = seed % 2 === 0 ? 6 : 0; tries > 0; tries--) {
      const refused = /^FORBIDDEN .*\{"column":"(\w+)"\}$/.exec(before)?.[1];
      if (refused === undefined) break;
      params = without(params, refused);
      before = await outcomeOf(this.#first, path, params, rows);
    }
    const changed = changeSecrets(rows, new Sight(asked(path, params), this.#tables, REQUEST), seed);
    this.#originals = changed.originals;
    const after = await outcomeOf(this.#second, path, params, changed.rows);
    const what = () => `${path} ${JSON.stringify(params)}\n${differences(changed.rows)}`;
    if (this.#isOrdered && !/update|delete/.test(path)) expect(after, what()).toBe(before);
    else expect(unordered(after), what()).toBe(unordered(before));
    return [before, changed];
  }
}

/** What a run did, so that it is seen to have done some of everything. */
class Counts {
  compared = 0;
  readonly #answered = new Map<string, number>();
  readonly #changed = new Map<string, number>();

  add(path: string, answer: string, { done }: ChangedSecrets): void {
    const operation = path.split('/')[2] ?? '';
    this.compared++;
    this.#answered.set(operation, (this.#answered.get(operation) ?? 0) + (answer.startsWith('{') ? 1 : 0));
    for (const [name, times] of Object.entries(done)) this.#changed.set(name, (this.#changed.get(name) ?? 0) + times);
  }

  get answered(): number {
    return [...this.#answered.values()].reduce((sum, times) => sum + times, 0);
  }

  least(): number {
    return Math.min(...this.#answered.values(), ...this.#changed.values());
  }

  toString(): string {
    const answered = JSON.stringify(Object.fromEntries(this.#answered));
    return `${this.compared} calls, of which were answered ${answered}, told nothing of ${JSON.stringify(Object.fromEntries(this.#changed))}`;
  }
}

function served(tables: CompiledPermissions['tables'], hash: (text: string) => string): ServedRelease {
  return prepareRelease({ releaseId: 'r', contentHash: 'h', release: blogRelease(tables) }, DEFAULT_LIMITS, hash);
}

function asked(path: string, params: Json): AskedCall {
  const [, name = '', operation] = path.split('/');
  const table = BLOG_SCHEMA[name];
  if (table === undefined) throw new Error(`The blog has ${name}`);
  return { table, operation: operation as AskedCall['operation'], names: namesIn(params) };
}

function namesIn(params: Json): Set<string> {
  const names = new Set<string>();
  JSON.stringify(params, (name, value) => {
    // Of a path into JSON the column.
    names.add(name.split('.')[0] ?? name);
    return value;
  });
  return names;
}

function keysAreSeen(tables: CompiledPermissions['tables']): boolean {
  return Object.values(BLOG_SCHEMA).every(({ name, key }) => {
    const columns = tables[name]?.select?.[0]?.columns;
    return columns === undefined || key.columns.every((column) => columns.includes(column));
  });
}

/** Params that ask for all rows: which ones come first is left open. */
function whole(params: Json): Json {
  return JSON.parse(
    JSON.stringify(params, (name, value) => (['limit', 'offset', 'distinct'].includes(name) ? undefined : value)),
  );
}

/** Params that do not name a column. */
function without(params: Json, name: string): Json {
  if (Array.isArray(params)) return params.filter((each) => each !== name).map((each) => without(each, name));
  if (params === null || typeof params !== 'object') return params;
  const rest = Object.entries(params)
    .filter(([key]) => key !== name && !key.startsWith(`${name}.`))
    .map(([key, value]) => [key, without(value, name)] as const);
  return Object.fromEntries(
    rest.filter(([key, value]) => key === 'update' || !(Array.isArray(value) && value.length === 0)),
  );
}

/** The same with each list in an order of its own. */
function unordered(outcome: string): string {
  const sorted = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, sorted(each)]));
  };
  return outcome
    .split('\n')
    .map((line) => (line.startsWith('{') ? JSON.stringify(sorted(JSON.parse(line))) : line))
    .join('\n');
}

function differences(changed: BlogRows): string {
  return Object.entries(changed)
    .filter(([name, after]) => after !== rows[name])
    .map(([name, after]) => {
      const before = new Set(rows[name]?.map((row) => JSON.stringify(row)));
      return `${name}: ${after
        .map((row) => JSON.stringify(row))
        .filter((row) => !before.delete(row))
        .join('\n  ')}\n  instead of ${[...before].join('\n  ')}`;
    })
    .join('\n');
}

/**
 * The answer, or the error with all that a caller is told of it, and after a write what they see of its table then. What was written is
 * taken back; a key that was made is any key.
 */
async function outcomeOf(served: ServedRelease, path: string, params: Json, stored: BlogRows): Promise<string> {
  const taken = new Error('taken back');
  let outcome = '';
  const work = async (tx: Transaction) => {
    await storeRows(tx, rows, stored);
    await tx.query('set local search_path = public, pg_catalog', []);
    await tx.query(`select setval(pg_get_serial_sequence('comments', 'id'), 1000)`, []);
    const place = { databases: new Map(), transaction: tx };
    const made = (to: string, params: Json) =>
      call({ served, ...place, principal: CALLER, path: to, params, env: 'dev', nowMs: REQUEST.timeMs }).then(
        ({ body }) => String(body),
        (error) => `${error.code} ${error.message} ${JSON.stringify(error.details)}`,
      );
    outcome = await made(path, params);
    if (/insert|upsert|update|delete/.test(path) && outcome.startsWith('{'))
      outcome += `\n${await made(`${path.slice(0, path.lastIndexOf('/'))}/select`, { limit: 1_000 })}`;
    throw taken;
  };
  await database.transaction(work).catch((error) => {
    if (error !== taken && !outcome.includes(' ')) throw error;
  });
  const known = outcome.replaceAll(/"[0-9A-HJKMNP-TV-Z]{26}"/g, '"a new key"');
  return known === outcome ? outcome : known.replace(/"nextCursor":"\w+"/, '"nextCursor":"after it"');
}
