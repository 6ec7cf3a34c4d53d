import type { Column, Json, LogicalType, Principal } from '@santokit/contract';
import type { Queryable } from '@santokit/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { call } from './call.ts';
import { prepareRelease, type ServedRelease } from './served-release.ts';
import { BLOG_SCHEMA, blogRelease } from './testing/blog.ts';
import { faultsOf } from './testing/prove-statement.ts';
import { type Draw, type RandomCall, randomCall } from './testing/random-calls.ts';
import { randomRules } from './testing/random-rules.ts';

/** Random calls of a run; more for a longer search. */
const CALLS = Number(process.env.STK_TEST_STATEMENTS ?? 2_000);
const MARK = 'MARK\'";--/*$1\\';
const CALLER: Principal = { type: 'user', sub: `${MARK}sub`, roles: ['reader', `${MARK}role`], claims: {} };

describe('every generated statement', () => {
  it('is one statement of quoted names without a value in it, and the same for all values of a shape', {
    timeout: 600_000,
  }, async () => {
    let statements = 0;
    const refusals = new Map<string, number>();
    const property = fc.asyncProperty(
      randomRules('reader'),
      fc.array(randomCall(), { minLength: 1, maxLength: 8 }),
      async (tables, calls) => {
        const served = prepareRelease({ releaseId: 'r', contentHash: 'h', release: blogRelease(tables) });
        for (const each of calls) {
          const first = await statementOf(served, each, drawFrom(1));
          const again = await statementOf(served, each, drawFrom(500));
          if (first.refusal !== undefined) refusals.set(first.refusal, (refusals.get(first.refusal) ?? 0) + 1);
          if (first.text === undefined) continue;
          statements++;
          expect(faultsOf(first.text, BLOG_SCHEMA, each.named), first.text).toEqual([]);
          expect(first.text).not.toMatch(/MARK|7654/);
          expect(again.text).toBe(first.text);
          expect(again.parameters).toBe(first.parameters);
        }
      },
    );
    await fc.assert(property, { numRuns: CALLS / 5 });
    process.stdout.write(
      `${statements} statements were proven; refused: ${JSON.stringify(Object.fromEntries(refusals))}\n`,
    );
    expect(statements).toBeGreaterThan(CALLS / 10);
    expect([...refusals.keys()].filter((code) => code !== 'FORBIDDEN' && code !== 'BAD_REQUEST')).toEqual([]);
  });

  it('of tables whose names are hostile quotes them', async () => {
    const hostile = [
      'a"b',
      "a'b",
      'a;drop table users',
      'a--',
      '/*',
      'a$1',
      'select',
      'ü😀',
      'x'.repeat(63),
      'a.b',
      '%s',
    ];
    for (const name of hostile) {
      const column = (each: string): Column => ({ name: each, type: 'string', nullable: false });
      const table = {
        name,
        connection: 'main',
        schema: name,
        key: { columns: [name] },
        columns: { [name]: column(name), 'it"s': column('it"s') },
        indexes: [],
        relations: {},
      };
      const release = blogRelease({
        [name]: {
          select: [{ roles: ['public'] }],
          insert: [{ roles: ['public'] }],
          update: [{ roles: ['public'] }],
          delete: [{ roles: ['public'] }],
        },
      });
      const served = prepareRelease({
        releaseId: 'r',
        contentHash: 'h',
        release: { ...release, schema: { [name]: table } },
      });
      for (const [operation, params] of [
        ['select', { where: { [name]: 'v' }, orderBy: { 'it"s': 'asc' }, distinct: ['it"s'], count: 'exact' }],
        ['insert', { data: [{ [name]: 'v', 'it"s': 'w' }] }],
        ['upsert', { data: { [name]: 'v', 'it"s': 'w' } }],
        ['update', { where: { [name]: 'v' }, data: { 'it"s': 'w' }, returning: true }],
        ['delete', { where: { 'it"s': 'w' } }],
        ['aggregate', { groupBy: ['it"s'], aggregate: { figure: { $max: name } } }],
      ] as const) {
        const params_: Json = JSON.parse(JSON.stringify(params));
        const made: RandomCall = { path: `db/${name}/${operation}`, params: () => params_, named: ['figure'] };
        const { text, refusal } = await statementOf(served, made, drawFrom(1));
        expect(refusal, made.path).toBeUndefined();
        expect(faultsOf(text ?? '', { [name]: table }, ['figure']), text).toEqual([]);
      }
    }
  });
});

interface Recorded {
  readonly text?: string;
  readonly parameters?: number;
  readonly refusal?: string;
}

async function statementOf(served: ServedRelease, { path, params }: RandomCall, draw: Draw): Promise<Recorded> {
  const recorded: { text?: string; parameters?: number } = {};
  const database: Queryable = {
    async query(text, values) {
      recorded.text = text;
      recorded.parameters = values.length;
      return { rows: [], affected: 0 };
    },
  };
  const request = {
    served,
    databases: new Map([['main', database]]),
    principal: CALLER,
    path,
    params: params(draw),
    env: 'dev',
    nowMs: 0,
  };
  try {
    await call(request);
    return recorded;
  } catch (thrown) {
    return { ...recorded, refusal: String((thrown as { code?: unknown }).code ?? thrown) };
  }
}

/** Values that would be seen in a text: marked ones, and numbers that nothing else has. */
function drawFrom(start: number): Draw {
  let drawn = start;
  return (type: LogicalType, column?: Column): Json => {
    const n = drawn++;
    if (column?.enum !== undefined) return column.enum[n % column.enum.length] ?? null;
    switch (type) {
      case 'string':
      case 'file':
        return column?.maxLength === undefined && column?.native === undefined ? `${MARK}${n}` : `MARK${n}`.slice(-5);
      case 'int':
        return column?.max === undefined ? 7_654_000 + n : 1;
      case 'bigint':
        return String(765_400_000_000 + n);
      case 'float':
        return 7654.25 + n;
      case 'decimal':
        return `7654${n}.25`;
      case 'boolean':
        return n % 2 === 0;
      case 'json':
        return { MARK: [n, MARK] };
      case 'timestamp':
        return new Date(n * 1_000).toISOString();
      case 'date':
        return new Date(n * 86_400_000).toISOString().slice(0, 10);
      case 'uuid':
        return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
      case 'bytes':
        return Buffer.from(`MARK${n}`).toString('base64');
      case 'array':
        return column?.items?.type === 'int' ? [7_654_000 + n] : [`M${n}`];
    }
  };
}
