import { type Json, StkError } from '@santokit/contract';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../database.ts';
import { ANYTHING, plannedOn } from '../../../statement/testing/shop.ts';
import { connect } from '../../connect.ts';
import { BOXES, BOXES_DDL, randomBox, randomFilter, SEARCHED } from './testing/boxes.ts';

/** Random filters of a run; more for a longer search. */
const FILTERS = Number(process.env.STK_TEST_FILTERS ?? 1_500);
const ROWS = 400;

/** Whether a delete under this filter is refused for reaching every row. */
function isRefused(where: Json): boolean {
  try {
    const call = { schema: BOXES, operation: 'delete', name: 'boxes', params: { where }, rule: ANYTHING } as const;
    const { plan, shape } = plannedOn(call);
    plan.guard?.(shape.values);
    return false;
  } catch (error) {
    if (error instanceof StkError && error.message.startsWith('where is absent or always true')) return true;
    throw error;
  }
}

/** Each filter that is always true beside one that is nearly the same and leaves some rows out. */
const PAIRS: readonly (readonly [always: Json, bounded: Json])[] = [
  [{ $not: { title: { $lt: '' } } }, { $not: { title: { $lte: '' } } }],
  [{ title: { $gte: '' } }, { note: { $gte: '' } }],
  [{ n: { $gte: -2_147_483_648 } }, { n: { $gt: -2_147_483_648 } }],
  [{ n: { $lte: 2_147_483_647 } }, { n: { $lte: 2_147_483_646 } }],
  [{ $not: { n: { $lt: -2_147_483_648 } } }, { $not: { n: { $lt: -2_147_483_647 } } }],
  [{ $or: [{ small: null }, { small: { $gte: -32_768 } }] }, { small: { $gte: -32_768 } }],
  [{ big: { $gte: '-9223372036854775808' } }, { big: { $gte: '-9223372036854775807' } }],
  [{ ref: { $gte: '00000000-0000-0000-0000-000000000000' } }, { ref: { $gt: '00000000-0000-0000-0000-000000000000' } }],
  [{ $or: [{ n: 1 }, { $not: { n: 1 } }] }, { $or: [{ n: 1 }, { $not: { title: 'a' } }] }],
  [{ $or: [{ title: 'a' }, { title: { $ne: 'a' } }] }, { $or: [{ note: 'a' }, { note: { $ne: 'a' } }] }],
  [
    { $or: [{ title: { $gte: 'a' } }, { title: { $lt: 'a' } }] },
    { $or: [{ title: { $gt: 'a' } }, { title: { $lt: 'a' } }] },
  ],
  [{ $or: [{ title: { $like: 'a%' } }, { $not: { title: { $like: 'a%' } } }] }, { title: { $like: '%__' } }],
  [{ $or: [{ n: { $lt: 5 } }, { n: { $gt: 3 } }] }, { $or: [{ n: { $lt: 3 } }, { n: { $gt: 3 } }] }],
  [{ $or: [{ n: { $lte: 3 } }, { n: { $gte: 4 } }] }, { $or: [{ amount: { $lte: '3' } }, { amount: { $gte: '4' } }] }],
  [
    { $or: [{ amount: { $ne: '1.5' } }, { amount: '1.50' }] },
    { $or: [{ amount: { $ne: '1.5' } }, { amount: '1.51' }] },
  ],
  [{ $not: { $and: [{ title: 'x' }, { title: 'y' }] } }, { $not: { $and: [{ title: 'x' }, { n: 1 }] } }],
  [
    { $not: { $and: [{ title: 'x' }, { title: 'y' }, { done: true }] } },
    { $not: { $or: [{ title: 'x' }, { title: 'y' }] } },
  ],
  [{ status: { $in: ['draft', 'gone', 'published'] } }, { status: { $in: ['draft', 'gone'] } }],
  [{ $or: [{ done: true }, { done: false }] }, { $or: [{ sure: true }, { sure: false }] }],
  [{ $or: [{ note: null }, { note: { $gte: '' } }] }, { $or: [{ note: null }, { note: { $gt: '' } }] }],
  [{ $or: [{ note: null }, { note: { $isNotNull: true } }] }, { note: { $isNotNull: true } }],
  [
    { $or: [{ 'doc.x': null }, { 'doc.x': { $isNotNull: true } }] },
    { $or: [{ 'doc.x': null }, { 'doc.y': { $isNotNull: true } }] },
  ],
  [{ $or: [{ contents: null }, { contents: {} }] }, { $or: [{ contents: null }, { contents: { n: 1 } }] }],
  [
    { $or: [{ contents: { n: 1 } }, { $not: { contents: { n: 1 } } }] },
    { $or: [{ contents: { n: 1 } }, { $not: { contents: { n: 2 } } }] },
  ],
  // A text is less than another, the same or more, in any collation.
  [
    { $or: [{ title: { $gte: 'a' } }, { title: { $lte: 'a' } }] },
    { $or: [{ title: { $gte: 'a' } }, { title: { $lte: 'b' } }] },
  ],
  [
    { $or: [{ title: 'a' }, { title: { $lt: 'a' } }, { title: { $gt: 'a' } }] },
    { $or: [{ title: 'b' }, { title: { $lt: 'a' } }, { title: { $gt: 'a' } }] },
  ],
  [
    { $or: [{ title: { $gt: '' } }, { title: { $in: ['', 'a'] } }] },
    { $or: [{ title: { $gt: '' } }, { title: { $in: ['a'] } }] },
  ],
  [{ $not: { title: { $gt: 'a', $lt: 'a' } } }, { $not: { title: { $gte: 'a', $lte: 'a' } } }],
  [{ $not: { folded: { $gt: 'a', $in: ['a'] } } }, { $not: { folded: { $gt: 'a', $in: ['a', 'b'] } } }],
  [
    { $or: [{ padded: { $lt: 'a' } }, { padded: { $gte: 'a' } }] },
    { $or: [{ padded: { $lt: 'a' } }, { padded: { $gte: 'b' } }] },
  ],
  [
    { $or: [{ note: null }, { note: { $lte: 'a' } }, { note: { $gt: 'a' } }] },
    { $or: [{ note: { $lte: 'a' } }, { note: { $gt: 'a' } }] },
  ],
  // Which of two letters is less is the collation's to say.
  [
    { ref: { $lte: 'FFFFFFFF-ffff-ffff-ffff-ffffffffffff' } },
    { $or: [{ title: { $gt: 'A' } }, { title: { $lt: 'a' } }] },
  ],
  [{ tags: { $contains: [] } }, { tags: { $contains: ['a'] } }],
  // A search that was left empty, also of what may be null.
  [{ note: { $like: '%' } }, { note: { $isNotNull: true } }],
  [{ note: { $ilike: '%%%' } }, { note: { $ilike: '%\\%' } }],
  [{ title: { $like: '_%' } }, { title: { $like: '_' } }],
  [{ title: { $ilike: '%_%' } }, { title: { $ilike: '%_%_' } }],
  [{ folded: { $like: '%_' } }, { folded: { $like: '_a%' } }],
  [{ note: { $startsWith: '' } }, { note: { $startsWith: '%' } }],
  [{ note: { $endsWith: '' } }, { note: { $endsWith: '_%' } }],
  [{ note: { $contains: '' } }, { note: { $contains: ' ' } }],
  [{ 'doc.x': { $like: '%' } }, { 'doc.x': { $like: 'a%' } }],
  [{ 'doc.x': { $ilike: '%_' } }, { 'doc.x': { $gte: '' } }],
  [{ 'doc.x': { $startsWith: '' } }, { 'doc.x': { $startsWith: 'a' } }],
  [{ 'doc.x': { $endsWith: '' } }, { 'doc.x': { $contains: '' } }],
  [{ 'doc.x': { $contains: {} } }, { 'doc.x': { $contains: { y: 1 } } }],
  [{ 'doc.x': { $contains: [] } }, { 'doc.x': [] }],
  [{ doc: { $contains: {} } }, { doc: { $contains: { x: 1 } } }],
  [{ doc: { $contains: [] } }, { doc: { $contains: 'text' } }],
  [{ $or: [{ n: 1 }, { note: { $like: '_%' } }] }, { n: 1, note: { $like: '_%' } }],
  [{ $not: { $not: { title: { $like: '_%' } } } }, { $not: { title: { $like: '_%' } } }],
  [{ title: { $like: '_%', $startsWith: '' } }, { title: { $like: '_%', $lt: 'b' } }],
  [{ $and: [{ n: { $lte: 2_147_483_647 } }, { title: { $gte: '' } }] }, { n: { $lte: 2_147_483_647 }, title: 'a' }],
  [
    { $or: [{ done: true, status: 'draft' }, { done: false }, { status: { $ne: 'draft' } }] },
    { $or: [{ done: true, status: 'draft' }, { done: false, status: 'gone' }, { status: 'published' }] },
  ],
];

describe('a write without "all"', () => {
  it.each(PAIRS)('is refused under %j, which every row fulfils, and not under %j', (always, bounded) => {
    expect(isRefused(always)).toBe(true);
    expect(isRefused(bounded)).toBe(false);
  });

  it('is refused for the values of this call, not for those of another of its shape', () => {
    expect(isRefused({ $or: [{ title: 'a' }, { title: { $ne: 'a' } }] })).toBe(true);
    expect(isRefused({ $or: [{ title: 'a' }, { title: { $ne: 'b' } }] })).toBe(false);
  });

  it('is not looked at at all where its values cannot matter', () => {
    const where = { id: 'b1', n: { $gte: 3 } };
    const { plan } = plannedOn({
      schema: BOXES,
      operation: 'delete',
      name: 'boxes',
      params: { where },
      rule: ANYTHING,
    });
    expect(plan.guard).toBeUndefined();
  });

  it('is answered at once, however its conditions are tangled', () => {
    const $or = Array.from({ length: 25 }, (_, index) => ({ title: { $like: `${index}` }, note: { $ne: `${index}` } }));
    const started = performance.now();
    expect(isRefused({ $not: { $or } })).toBe(false);
    expect(isRefused({ $or })).toBe(false);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('over random filters', () => {
  let test: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    test = await createTestDatabase();
    database = connect({ url: test.url, poolMax: 1, applicationName: 'boxes' });
    for (const statement of BOXES_DDL) await database.query(statement, []);
    const rows = fc.sample(randomBox(), { numRuns: ROWS, seed: 7 }).map((row, index) => ({ ...row, id: `b${index}` }));
    await database.query('insert into boxes select * from jsonb_populate_recordset(null::boxes, $1::jsonb)', [
      JSON.stringify(rows),
    ]);
  });
  afterAll(async () => {
    await database?.close(1_000);
    await test?.drop();
  });

  it('each row fulfils a filter that is refused, and few filters that all fulfil are let pass', {
    timeout: 600_000,
  }, async () => {
    const random = { refused: 0, missed: 0 };
    const property = fc.asyncProperty(randomFilter(), async (where) => {
      const isComplete = (await fulfilling(where)) === ROWS;
      if (isRefused(where)) {
        random.refused++;
        expect(isComplete, JSON.stringify(where)).toBe(true);
      } else if (isComplete) random.missed++;
    });
    await fc.assert(property, { numRuns: FILTERS });
    expect(random.refused).toBeGreaterThan(FILTERS / 20);
    // Most of these hold by chance, of the rows that were drawn.
    expect(random.missed).toBeLessThan(random.refused / 3);
  });

  it('each row that has anything to search fulfils a filter that is refused for searches that were left empty', {
    timeout: 600_000,
  }, async () => {
    const filled = SEARCHED.map((name) => ({ [name]: { $ne: '' } }));
    const searchable = await fulfilling({ $and: filled });
    let refused = 0;
    const property = fc.asyncProperty(randomFilter(SEARCHED), async (where) => {
      if (!isRefused(where)) return;
      refused++;
      expect(await fulfilling({ $and: [where, ...filled] }), JSON.stringify(where)).toBe(searchable);
    });
    await fc.assert(property, { numRuns: FILTERS });
    expect(refused).toBeGreaterThan(FILTERS / 20);
  });

  async function fulfilling(where: Json): Promise<number> {
    const call = { schema: BOXES, operation: 'count', name: 'boxes', params: { where }, rule: ANYTHING } as const;
    const { plan, params } = plannedOn(call);
    return Number((await database.query(plan.text, params)).rows[0]?.[0]);
  }
});
