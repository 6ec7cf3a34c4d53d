import type { Problem } from '@santokit/contract';
import { readProject } from '@santokit/project';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileSqlLogic } from './compile-sql-logic.ts';
import { findParameters } from './find-parameters.ts';
import { loadSqlParser } from './sql-parser.ts';
import { withoutComments } from './without-comments.ts';

const parser = await loadSqlParser();

const name = fc
  .stringMatching(/^[a-z_][A-Za-z0-9_]{0,8}$/)
  .filter((text) => !/^(auth|now|env|event|result)$/.test(text));
/** Text that holds what looks like a parameter and is none. */
const decoy = fc.oneof(
  name.map((n) => `'it''s :${n}'`),
  name.map((n) => `E'\\':${n} \\\\'`),
  name.map((n) => `$$ :${n} '$$`),
  name.map((n) => `$tag$ :${n} $$ $tag$`),
  name.map((n) => `"a "" :${n}"`),
  name.map((n) => `/* :${n} /* ' :${n} */ " */ 1`),
  name.map((n) => `1 -- :${n} ' $$\n`),
  name.map(() => `1::text::json`),
  fc.tuple(name, name).map(([a, b]) => `"${a}"["${a}":"${b}"]`),
  fc.tuple(name, name).map(([a, b]) => `f("${a}" := "${b}")`),
  fc.constant(`U&'\\0041 :x'`),
  fc.constant(`'é𝄞 :x'`),
);
const planted = name.map((n) => ({ text: `:${n}`, name: n }));
const piece = fc.oneof(
  decoy.map((text) => ({ text, name: undefined })),
  planted,
);
const pieces = fc.array(piece, { minLength: 1, maxLength: 12 });

it('finds exactly the parameters that were planted among all that looks like one', () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = `select ${parts.map((part) => part.text).join(', ')}`;
      const found = findParameters(parser.scan(text) ?? []).map((parameter) => parameter.name);
      expect(found).toEqual(parts.flatMap((part) => part.name ?? []));
    }),
    { numRuns: 500 },
  );
});

it('compiles to one statement for each that was written, with nothing of them changed but the parameters', () => {
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 3 }), (statements) => {
      const names = new Set(statements.flat().flatMap((part) => part.name ?? []));
      const params = [...names].map((each) => `  ${each}: { type: string }\n`).join('');
      const written = statements.map((parts) => `select ${parts.map((part) => part.text).join(', ')}`);
      const content = `---\n${params === '' ? '' : `params:\n${params}`}---\n${written.join(';\n')}`;
      const { model } = readProject([{ path: 'logics/a.sql', content }]);
      const [source] = model.sqlLogics;
      const problems: Problem[] = [];
      const logic = source === undefined ? undefined : compileSqlLogic(source, parser, problems);
      expect(problems).toEqual([]);
      const compiled = logic?.units.flatMap((unit) => unit.statements) ?? [];
      expect(compiled).toHaveLength(statements.length);
      for (const [index, { text, bindings }] of compiled.entries()) {
        expect(parser.parse(text)).toHaveLength(1);
        const restored = text.replace(/(?<!\$)\$(\d+)(?![$\d])/g, (_, number: string) => {
          const binding = bindings[Number(number) - 1];
          return binding?.from === 'param' ? `:${binding.name}` : '?';
        });
        expect(restored).toBe(withoutComments(written[index] ?? '', parser));
      }
    }),
    { numRuns: 300 },
  );
});

it.each([
  ['a deeply nested text', `select ${'('.repeat(50_000)}1${')'.repeat(50_000)}`],
  ['a text that is no SQL', '\u{1F600} \u0001 :a :b ]]] $$'],
  ['a string without an end', `select :a, 'x`],
  ['a lone colon', 'select : '],
  ['ten thousand parameters', `select ${':a,'.repeat(10_000)}1`],
])('%s is compiled or told of, and the parser goes on', (_, sql) => {
  const content = `---\nparams: { a: { type: string } }\n---\n${sql}`;
  const { model, problems } = readProject([{ path: 'logics/a.sql', content }]);
  const found: Problem[] = [...problems];
  const [source] = model.sqlLogics;
  const logic = source === undefined ? undefined : compileSqlLogic(source, parser, found);
  expect(logic === undefined).toBe(found.length > 0);
  expect(parser.parse('select 1')).toHaveLength(1);
});
