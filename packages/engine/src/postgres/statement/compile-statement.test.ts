import type { CompiledRule, Expression, Json, TableOperation } from '@santokit/contract';
import fc from 'fast-check';
import { parse } from 'libpg-query';
import { describe, expect, it } from 'vitest';
import { encodeCursor } from '../../statement/cursor.ts';
import { fingerprintOf } from '../../statement/list-identity.ts';
import { planned } from '../../statement/testing/shop.ts';

const MIXED = { price: 'desc', 'odd "name"': { dir: 'asc', nulls: 'first' } };

const SAMPLES: readonly (readonly [TableOperation, string, Json])[] = [
  ['select', 'items', {}],
  ['select', 'items', { where: { id: 'a' }, limit: 1 }],
  [
    'select',
    'items',
    {
      where: { $or: [{ name: { $like: 'a%' } }, { price: { $in: ['1'] } }], $not: { 'odd "name"': 1 } },
      limit: 5,
      offset: 2,
    },
  ],
  [
    'select',
    'items',
    { where: { tags: { $contains: ['x'] }, price: null }, orderBy: { name: { dir: 'desc', nulls: 'last' } } },
  ],
  ['select', 'items', { select: ['id'], expand: ['shop.items'], count: 'exact', limit: 3 }],
  [
    'select',
    'items',
    { distinct: ['name', 'price'], where: { name: { $ne: 'x' } }, orderBy: { price: 'desc' }, count: 'exact' },
  ],
  ['select', 'items', { orderBy: MIXED, after: cursor('items', { orderBy: MIXED }, ['1.00', null, 'i']) }],
  ['select', 'items', { orderBy: MIXED, after: cursor('items', { orderBy: MIXED }, [null, '1', 'i']), count: 'exact' }],
  [
    'select',
    'shops',
    {
      expand: {
        items: { where: { name: 'x' }, orderBy: { id: 'asc' }, limit: 2, expand: { shop: { expand: ['items'] } } },
      },
    },
  ],
  ['insert', 'items', { data: { id: 'a', name: 'b', shop_id: 's' } }],
  [
    'insert',
    'items',
    {
      data: [
        { id: 'a', name: 'b', shop_id: 's' },
        { id: 'c', name: 'd', shop_id: 's', price: '1.00' },
      ],
    },
  ],
  ['update', 'items', { where: { id: 'a' }, data: { name: 'b', 'odd "name"': null } }],
  ['update', 'items', { all: true, data: { name: 'b' }, returning: ['name'] }],
  ['delete', 'items', { where: { id: { $in: ['a', 'b'] } }, returning: true }],
];

describe('a generated statement', () => {
  it.each([
    [
      'select',
      'items',
      {
        select: ['id', 'odd "name"'],
        where: { name: 'n', price: { $gte: '1.5' } },
        orderBy: { name: 'asc' },
        limit: 2,
        offset: 4,
      },
      'select "t0"."id", "t0"."odd ""name""", "t0"."name" from "public"."items" as "t0" where ("t0"."name" = $1::character varying and "t0"."price" >= $2::numeric) order by "t0"."name" asc, "t0"."id" asc limit $3::bigint offset $4::bigint',
      ['n', '1.5', '3', '4'],
    ],
    [
      'select',
      'items',
      { select: ['id'], expand: ['shop'] },
      'select "t0"."id", "t1"."id", "t1"."city" from "public"."items" as "t0" left join "trade"."shops" as "t1" on "t1"."id" = "t0"."shop_id" order by "t0"."id" asc limit 101',
      [],
    ],
    [
      'select',
      'items',
      { select: ['name'], where: { id: 'a', price: { $gt: '1' } }, orderBy: { name: 'asc' } },
      'select "t0"."name" from "public"."items" as "t0" where ("t0"."id" = $1::text and "t0"."price" > $2::numeric)',
      ['a', '1'],
    ],
    [
      'select',
      'items',
      {
        select: ['id'],
        orderBy: { name: 'desc' },
        after: cursor('items', { orderBy: { name: 'desc' } }, ['n', 'i']),
        limit: 0,
      },
      'select "t0"."id", "t0"."name" from "public"."items" as "t0" where ("t0"."name", "t0"."id") < ($1::character varying, $2::text) order by "t0"."name" desc, "t0"."id" desc limit $3::bigint',
      ['n', 'i', '0'],
    ],
    [
      'select',
      'shops',
      { select: ['id'], distinct: ['city'], where: { city: { $ne: 'x' } }, orderBy: { city: 'desc' } },
      'select "t0"."id", "t0"."city" from "trade"."shops" as "t0" where ("t0"."id") in (select distinct on ("t1"."city") "t1"."id" from "trade"."shops" as "t1" where "t1"."city" <> $1::text order by "t1"."city" asc, "t1"."id" desc) order by "t0"."city" desc, "t0"."id" desc limit 101',
      ['x'],
    ],
    [
      'insert',
      'items',
      { data: { id: 'a', name: 'b', shop_id: 's' }, returning: ['name'] },
      'insert into "public"."items" as "t0" ("id", "name", "shop_id") values ($1::text, $2::character varying, $3::text) returning "t0"."id" as "c0", "t0"."name" as "c1"',
      ['a', 'b', 's'],
    ],
    [
      'insert',
      'shops',
      {
        data: [
          { id: 'a', city: 'b' },
          { id: 'c', city: '"' },
        ],
        returning: false,
      },
      'insert into "trade"."shops" as "t0" ("id", "city") select "u"."c0"::text, "u"."c1"::text from unnest($1::text[], $2::text[]) with ordinality as "u" ("c0", "c1", "n") order by "u"."n"',
      ['{"a","c"}', '{"b","\\""}'],
    ],
    [
      'update',
      'items',
      { where: { id: 'a' }, data: { price: null } },
      'update "public"."items" as "t0" set "price" = $1::numeric where "t0"."id" = $2::text',
      [null, 'a'],
    ],
    [
      'delete',
      'shops',
      { where: { city: 'x' } },
      'delete from "trade"."shops" as "t0" where "t0"."city" = $1::text',
      ['x'],
    ],
  ] as const)('%s on %s with %j is exactly this', (operation, table, params, text, bound) => {
    const { plan, params: actual } = planned(operation, table, params as Json);
    expect({ text: plan.text, bound: actual }).toEqual({ text, bound });
  });

  it.each(SAMPLES)(
    '%s on %s with %j is one statement without a value of the call in it',
    async (operation, table, params) => {
      const { plan } = planned(operation, table, params);
      const { stmts } = await parse(plan.text);
      expect(stmts).toHaveLength(1);
      expect(constants(stmts)).toEqual([]);
    },
  );

  it('holds the conditions of rules as predicates, with what the request answers bound', async () => {
    const own = same(
      { kind: 'column', name: 'shop_id', type: 'string', nullable: false },
      { kind: 'request', path: ['auth', 'sub'], type: 'string' },
    );
    const rule: CompiledRule = {
      roles: ['public'],
      condition: own,
      set: { price: { kind: 'constant', type: 'int', value: '5' } },
    };
    const { plan, params } = planned(
      'update',
      'items',
      { where: { id: 'a' }, data: { name: 'n' }, returning: ['name'] },
      rule,
    );
    expect(await parse(plan.text)).toMatchObject({ stmts: { length: 1 } });
    expect(plan.text).toContain(' where (');
    // Where rows are found, of what is written and of what comes back, each time by the column's collation and by its characters.
    expect(plan.text.match(/"t0"\."shop_id"/g)).toHaveLength(6);
    expect(plan.text).not.toContain('u1');
    expect(params).toEqual(['n', '5', 'u1', 'u1', 'a', 'u1', 'u1', 'u1', 'u1', '10000', '45', null]);
  });

  it('is the same text exactly when the shape is the same', () => {
    const texts = new Map<string, string>();
    const value = fc.oneof(fc.string(), fc.constant("'"), fc.constant('$1'));
    const condition = fc.oneof(
      fc.record({ id: value }),
      fc.record(
        {
          name: fc.oneof(
            fc.record({ $like: value.map((text) => text.replaceAll('\\', '')) }),
            fc.record({ $in: fc.array(value, { minLength: 1 }) }),
            fc.constant(null),
          ),
        },
        { requiredKeys: [] },
      ),
      fc.record({
        'odd "name"': fc.oneof(
          fc.integer({ min: -5, max: 5 }),
          fc.record({ $gt: fc.nat(9), $lte: fc.nat(9) }, { requiredKeys: ['$gt'] }),
        ),
      }),
    );
    const where = fc.letrec((tie) => ({
      where: fc.oneof(
        { depthSize: 'small' },
        condition,
        fc.record({ $or: fc.array(tie('where'), { minLength: 1, maxLength: 3 }) }),
        fc.record({ $not: tie('where') }),
      ),
    })).where;
    fc.assert(
      fc.property(where, fc.option(fc.nat(50), { nil: undefined }), (condition, limit) => {
        const params = { where: condition, ...(limit === undefined ? {} : { limit }) } as Json;
        fc.pre(
          !JSON.stringify(params).includes('\\u0000') &&
            JSON.stringify(params).isWellFormed() &&
            !/\\ud[89a-f]/.test(JSON.stringify(params)),
        );
        const { plan, shape } = planned('select', 'items', params);
        expect(texts.get(shape.key) ?? plan.text).toBe(plan.text);
        texts.set(shape.key, plan.text);
      }),
      { numRuns: 300 },
    );
  });

  it('has another key whenever its text is another', () => {
    const keys = new Map(
      SAMPLES.map(([operation, table, params]) => [
        planned(operation, table, params).plan.text,
        `${operation} ${table} ${planned(operation, table, params).shape.key}`,
      ]),
    );
    expect(new Set(keys.values()).size).toBe(keys.size);
  });
});

function same(left: Expression, right: Expression): Expression {
  return { kind: 'call', operator: '==', arguments: [left, right], type: 'bool' };
}

/** Constants in a parse tree, but for those that are the statement's own: default limits, null, `false`, what it raises. */
function constants(node: unknown): unknown[] {
  if (Array.isArray(node)) return node.flatMap(constants);
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([name, value]) => {
    if (name === 'limitCount' && 'A_Const' in value) return [];
    if (name === 'A_Const') return 'boolval' in value || 'isnull' in value || isOwn(value) ? [] : [value];
    return constants(value);
  });
}

function isOwn(constant: {
  readonly sval?: { readonly sval?: string };
  readonly ival?: { readonly ival?: number };
}): boolean {
  return (
    constant.sval?.sval?.startsWith('stk_') === true ||
    (constant.ival !== undefined && constant.ival.ival === undefined)
  );
}

/** A cursor of the list that these params ask for. */
function cursor(name: string, params: { readonly [key: string]: Json }, position: (string | null)[]): string {
  const { statement, shape } = planned('select', name, params);
  if (statement.kind !== 'select' || statement.read.paging === undefined) throw new Error('the list has no pages');
  return encodeCursor({ fingerprint: fingerprintOf(statement.read.paging.identity, shape.values), position });
}
