import type { Column, Table } from '@santokit/contract';
import { describe, expect, it } from 'vitest';
import { compileExpression } from './compile-expression.ts';
import { ExpressionFault } from './expression-fault.ts';

const columns: Readonly<Record<string, Column>> = Object.fromEntries(
  (
    [
      ['text', 'string'],
      ['Full Name', 'string'],
      ['int', 'int'],
      ['double', 'float'],
      ['decimal', 'decimal'],
      ['flag', 'boolean'],
      ['at', 'timestamp'],
      ['tags', 'array'],
      ['meta', 'json'],
      ['bytes', 'bytes'],
    ] as const
  ).map(([name, type]) => [name, { name, type, nullable: true }]),
);
const table: Table = {
  name: 'things',
  connection: 'main',
  key: { columns: ['text'] },
  columns,
  indexes: [],
  relations: {},
};

describe('an expression that has a translation', () => {
  it.each([
    ['resource["Full Name"] == request.auth.sub', 'bool'],
    ['has(resource["Full Name"])', 'bool'],
    ['resource.int * 2 + 1', 'int'],
    ['resource.decimal * 1.1', 'decimal'],
    ['resource.at + duration("24h") > request.time', 'bool'],
    ['request.time - resource.at', 'duration'],
    ['request.auth.sub in [resource.text, "root"]', 'bool'],
    ['"vip" in resource.tags', 'bool'],
    ['size(resource.tags) > 0', 'bool'],
    ['request.auth.claims.orgs.exists(o, o.id == "x" && o.name.matches("^a"))', 'bool'],
    ['request.params["a b"].list[0] == 1', 'bool'],
    ['resource.meta == null || has(resource.bytes)', 'bool'],
    ['resource.flag ? request.params.x : 1', 'dyn'],
    ['resource.flag == (resource.int < 2)', 'bool'],
    ['-9223372036854775808 < resource.int', 'bool'],
  ])('%s is of type %s', (source, type) => {
    expect(compileExpression(source, table).type).toBe(type);
  });
});

describe('an expression is refused', () => {
  it.each([
    ['without quotes', 'resource.text == draft', 17, /Unknown name "draft"/],
    ['with an unknown column', 'resource.txt == null', 9, /did you mean "text"/],
    ['with a function that there is not', 'string(resource.int) == "1"', 0, /Unknown function "string"/],
    ['with an unknown method', 'resource.text.lower() == "a"', 0, /Unknown function "lower"/],
    ['with a number beyond 64 bits', 'resource.int < 9223372036854775808', 15, /beyond 64 bits/],
    ['with an unsigned number', 'resource.int == 1u', 16, /unsigned/],
    ['with bytes', 'resource.bytes == b"a"', 18, /bytes/],
    ['that compares json', 'resource.meta == request.params.x', 0, /json has no comparison/],
    ['that takes a column apart', 'resource.meta.theme == "dark"', 14, /"theme" cannot be taken/],
    ['that converts a column', 'timestamp(resource.text) > request.time', 0, /values of the request only/],
    ['that mixes numbers as CEL does not', 'resource.int + 1.5 > 2.0', 0, /does not take int and double/],
    ['that divides decimals', 'resource.decimal / 3 == 1', 0, /no exact answer/],
    ['that goes over a column', 'resource.tags.exists(t, t == "a")', 0, /list of the request only/],
    [
      'that takes an element apart beside a row',
      'request.params.l.exists(o, o.id == resource.int)',
      27,
      /cannot be taken apart/,
    ],
    ['with a pattern that is none', 'request.params.x.matches("(")', 25, /not a pattern/],
    ['with a duration that is none', 'resource.at > request.time - duration("1d")', 38, /not a duration/],
    ['with a list of another kind', 'resource.text in [1]', 0, /between string and int/],
    ['that names the row itself', 'resource == null', 0, /take a column/],
    ['with a map', 'resource.text in {"a": 1}', 17, /Map literals/],
    ['that ends too early', 'resource.text ==', 16, /Not a CEL expression/],
    ['that could be read in two ways', 'resource.flag == resource.int < 2', 17, /Put parentheses/],
    ['that is nothing', '', 0, /Not a CEL expression/],
  ])('%s: %s', (_, source, offset, message) => {
    const fault = faultOf(source);
    expect(fault.message).toMatch(message);
    expect(fault.offset).toBe(offset);
  });

  it.each([
    ['nested beyond reason', `${'('.repeat(4_000)}true${')'.repeat(4_000)}`],
    ['a chain beyond reason', Array.from({ length: 1_000 }, () => 'true').join('||')],
    ['negated beyond reason', `${'!'.repeat(9_900)}true`],
    ['longer than anyone reads', `"${'a'.repeat(10_001)}" == ""`],
    [
      'of choices that multiply',
      Array.from({ length: 8 }, () => '(resource.flag ? 1 : 2)')
        .join(' + ')
        .concat(' == 9'),
    ],
  ])('%s', (_, source) => {
    expect(faultOf(source)).toBeInstanceOf(ExpressionFault);
  });
});

function faultOf(source: string): ExpressionFault {
  try {
    compileExpression(source, table);
  } catch (error) {
    if (error instanceof ExpressionFault) return error;
    throw error;
  }
  throw new Error('It is not refused');
}
