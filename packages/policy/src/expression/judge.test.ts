import { type CelInput, run } from '@bufbuild/cel';
import type { Column, Json, RequestContext, Table } from '@santokit/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression } from './compile-expression.ts';
import { evaluate } from './evaluate.ts';
import { ExpressionFault } from './expression-fault.ts';

/**
 * Another implementation of CEL is asked the same. Left out is what the two mean otherwise, or do not have: `has()` of a
 * null, decimals, division of doubles by zero, doubles without bounds or beside integers beyond 53 bits, texts beyond the basic plane.
 */
const column = (name: string, type: Column['type']): [string, Column] => [name, { name, type, nullable: true }];
const table: Table = {
  name: 'things',
  connection: 'main',
  key: { columns: ['i'] },
  columns: Object.fromEntries([
    column('i', 'bigint'),
    column('s', 'string'),
    column('b', 'boolean'),
    column('f', 'float'),
  ]),
  indexes: [],
  relations: {},
};

const text = fc.constantFrom('', 'a', 'A', 'ab', 'é', 'draft', '1');
const int = fc.constantFrom('0', '1', '-1', '7', '9223372036854775807', '-9223372036854775808');
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 3 });
const row = fc.record({
  i: nullable(int),
  s: nullable(text),
  b: nullable(fc.boolean()),
  f: nullable(fc.constantFrom(0, 1.5, -2.25, 9_007_199_254_740_992)),
});
const scalar: fc.Arbitrary<Json> = fc.oneof(text, fc.constantFrom(0, 1, 7, 1.5), fc.boolean(), fc.constant(null));
const params = fc.record({ x: scalar, list: fc.array(scalar, { maxLength: 4 }) }, { requiredKeys: ['list'] });

const { condition } = fc.letrec<Record<'condition' | 'number' | 'double' | 'text', string>>((tie) => {
  const binary = (kind: 'condition' | 'number' | 'double' | 'text', operators: readonly string[]) =>
    fc.tuple(tie(kind), fc.constantFrom(...operators), tie(kind)).map(([a, operator, b]) => `(${a} ${operator} ${b})`);
  const compared = ['==', '!=', '<', '<=', '>', '>='];
  const depth = { depthSize: 'small' } as const;
  const bodies = ['e == resource.s', 'e != resource.i', 'e > 1', 'resource.b || e == "a"'];
  return {
    number: fc.oneof(
      depth,
      // The judge takes two minus signs, or two `!`, for none, whatever they stand before.
      fc.constantFrom(
        '-resource.i',
        '0',
        '1',
        '7',
        '9223372036854775807',
        'resource.i',
        'request.params.x',
        'size(resource.s)',
      ),
      binary('number', ['+', '-', '*', '/']),
    ),
    double: fc.oneof(depth, fc.constantFrom('1.5', '-2.0', 'resource.f'), binary('double', ['+', '-', '*'])),
    text: fc.oneof(
      depth,
      fc.constantFrom('"a"', '""', '"é"', 'resource.s', 'request.params.x', 'request.env'),
      binary('text', ['+']),
    ),
    condition: fc.oneof(
      depth,
      fc.constantFrom('resource.b', 'true', 'request.params.x', '(resource.s == null)'),
      binary('number', compared),
      binary('double', compared),
      binary('text', compared),
      fc.tuple(tie('number'), fc.constantFrom(...compared), tie('double')).map(([a, op, b]) => `(${a} ${op} ${b})`),
      binary('condition', ['&&', '||', '==']),
      tie('condition').map((a) => `!(${a} && true)`),
      fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      fc
        .tuple(tie('text'), fc.constantFrom('startsWith', 'endsWith', 'contains'), tie('text'))
        .map(([a, test, b]) => `${a}.${test}(${b})`),
      // The judge finds an error in no empty list.
      fc.constantFrom(
        '(resource.s in request.params.list)',
        '(resource.s in ["a", ""])',
        '(resource.i in request.params.list)',
      ),
      fc
        .tuple(fc.constantFrom('exists', 'all'), fc.constantFrom(...bodies))
        .map(([quantifier, body]) => `request.params.list.${quantifier}(e, ${body})`),
    ),
  };
});

/** Random expressions of a run; more for a longer search. Some are refused at apply. */
const EXPRESSIONS = Number(process.env.STK_TEST_JUDGED ?? 25_000);

describe('an expression means what it means to another CEL', () => {
  it('over random expressions, requests and rows', { timeout: 3_600_000 }, () => {
    let compared = 0;
    const property = fc.property(condition, params, row, (source, sent, values) => {
      const own = evaluated(source, sent, values);
      if (own === undefined) return;
      compared++;
      const other = run(source, {
        request: input({ params: sent, env: 'dev' }),
        resource: new Map<string, CelInput>([
          ['i', values.i === null ? null : BigInt(values.i)],
          ['s', values.s],
          ['b', values.b],
          ['f', values.f],
        ]),
      });
      expect(own).toBe(typeof other === 'boolean' ? other : 'error');
    });
    fc.assert(property, { numRuns: EXPRESSIONS });
    process.stdout.write(`${compared} expressions mean what they mean to another CEL\n`);
    expect(compared).toBeGreaterThan(EXPRESSIONS / 2);
  });
});

function evaluated(source: string, sent: Json, row: Record<string, Json>): boolean | 'error' | undefined {
  const request: RequestContext = {
    auth: { type: 'user', sub: 'u1', roles: [], claims: {} },
    params: sent,
    timeMs: 0,
    env: 'dev',
  };
  try {
    const outcome = evaluate(compileExpression(source, table), { request, row });
    return outcome.type === 'bool' ? outcome.value : 'error';
  } catch (error) {
    if (error instanceof ExpressionFault) return undefined;
    throw error;
  }
}

/** Whole numbers of JSON are integers here. */
function input(json: Json): CelInput {
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json;
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(input);
  return new Map(Object.entries(json).map(([name, value]) => [name, input(value)]));
}
