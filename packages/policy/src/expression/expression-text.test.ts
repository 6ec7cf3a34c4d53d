import { readProject } from '@santokit/project';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileExpression } from './compile-expression.ts';
import { expressionText } from './expression-text.ts';

const { model } = readProject([
  {
    path: 'schema/t.yaml',
    content: `version: 1
adopted: true
tables:
  t:
    columns:
      a: { type: int }
      b: { type: string, nullable: true }
      c: { type: boolean }
      f: { type: float }
      at: { type: timestamp }
      "in": { type: int }
      'a "name"': { type: string }
`,
  },
]);
const table = model.schema.t;

it.each([
  ['resource.a==1||resource.c && !(resource.a<2)', 'resource.a == 1 || resource.c && !(resource.a < 2)'],
  ['(resource.c||resource.a == 2) && resource.c', '(resource.c || resource.a == 2) && resource.c'],
  ['resource.a - (1 - 2) == -3 * (4 + 5)', 'resource.a - (1 - 2) == -3 * (4 + 5)'],
  ['-(-5) == resource.a', '-(-5) == resource.a'],
  ['-(-(0)) == resource.a', '-(-0) == resource.a'],
  ['-(-(0.0)) == resource.f', '-(-0.0) == resource.f'],
  ['-9223372036854775808 == resource.a', '-9223372036854775808 == resource.a'],
  ['resource.f > 1.0 && resource.f < 2.5e300', 'resource.f > 1.0 && resource.f < 2.5e+300'],
  ["resource.b == 'it\\'s \"so\"\\n'", 'resource.b == "it\'s \\"so\\"\\n"'],
  [
    'resource.c ? (resource.a == 1 ? true : false) : resource.c',
    'resource.c ? (resource.a == 1 ? true : false) : resource.c',
  ],
  ['(resource.a == 1) == true', '(resource.a == 1) == true'],
  ['resource["in"] == 1 && resource[\'a "name"\'] != null', 'resource["in"] == 1 && resource["a \\"name\\""] != null'],
  ['request.auth.roles.exists(r, r == resource.b)', 'request.auth.roles.exists(r, r == resource.b)'],
  ['request.params["a-b"].c[0] == request.auth.sub', 'request.params["a-b"].c[0] == request.auth.sub'],
  ['has(resource.b) && resource.b.startsWith("x") && size(resource.b) in [1, 2]'],
  ['resource.at > request.time - duration("1h")'],
  ['request.auth.sub.matches("^a+$")'],
] as [string, string?][])('%s is written as CEL that compiles to the same', (source, text = source) => {
  const compiled = compileExpression(source, table);
  expect(expressionText(compiled)).toBe(text);
  expect(compileExpression(text, table)).toEqual(compiled);
});

it('whatever is compiled, its text compiles to the same', () => {
  const number = fc.oneof(fc.constant('resource.a'), fc.constant('request.params.n'), fc.integer().map(String));
  const { condition } = fc.letrec<{ sum: string; condition: string }>((tie) => ({
    sum: fc.oneof(
      { maxDepth: 3 },
      number,
      fc
        .tuple(tie('sum'), fc.constantFrom('+', '-', '*', '/', '%'), tie('sum'))
        .map(([a, op, b]) => `(${a}) ${op} (${b})`),
      tie('sum').map((a) => `-(${a})`),
    ),
    condition: fc.oneof(
      { maxDepth: 4 },
      fc.constant('resource.c'),
      fc
        .tuple(tie('sum'), fc.constantFrom('==', '!=', '<', '>='), tie('sum'))
        .map(([a, op, b]) => `(${a}) ${op} (${b})`),
      fc.string({ unit: 'binary' }).map((text) => `resource.b == ${JSON.stringify(text)}`),
      fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .map((value) => `resource.f < ${value.toFixed(3).length > 300 ? '1.0' : value.toFixed(3)}`),
      tie('condition').map((a) => `!(${a})`),
      fc
        .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
        .map(([a, op, b]) => `(${a}) ${op} (${b})`),
      fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
    ),
  }));
  fc.assert(
    fc.property(condition, (source) => {
      let compiled: ReturnType<typeof compileExpression>;
      try {
        compiled = compileExpression(source, table);
      } catch {
        return; // too many choices
      }
      // As JSON, which is how releases hold them: it has no -0.
      expect(JSON.stringify(compileExpression(expressionText(compiled), table))).toBe(JSON.stringify(compiled));
    }),
    { numRuns: 200 },
  );
});
