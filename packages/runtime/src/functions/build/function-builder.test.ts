import type { FunctionLogic, ProjectFile } from '@santokit/contract';
import { afterAll, describe, expect, it } from 'vitest';
import { FunctionBuilder } from './function-builder.ts';

const builder = new FunctionBuilder();
afterAll(() => builder.close());

const IMPORT = "import { mutation, query, z } from '@santokit/functions';\n";
const file = (path: string, content: string): ProjectFile => ({ path: `logics/${path}`, content });
const problemsOf = async (...files: ProjectFile[]) => (await builder.build(files)).problems;

describe('functions of a project', () => {
  it('become logic by file and export, with what they say of themselves', async () => {
    const { logics, artifacts, problems } = await builder.build([
      file(
        'users.ts',
        `${IMPORT}
        export const byEmail = query({
          args: z.object({ email: z.email(), limit: z.int().default(1) }),
          roles: ['b', 'a', 'b'],
          condition: 'request.params.limit < 10',
          description: 'finds one',
          handler: async (ctx, args) => (await ctx.db.query('select id, name from users where email = $1', [args.email]))[0] ?? null,
        });
        export const helper = (n: number) => n + 1;
        export type Name = string;`,
      ),
      file(
        'clean/up.ts',
        `${IMPORT} export default mutation({ connection: 'other', timeout: '2s', handler: (ctx) => ctx.db.exec('delete from t') });`,
      ),
    ]);
    expect(problems).toEqual([]);
    expect(Object.keys(logics).sort()).toEqual(['clean/up', 'users/byEmail']);
    const [base, ...bundles] = artifacts;
    expect(logics['users/byEmail']).toMatchObject({
      kind: 'function',
      mode: 'query',
      export: 'byEmail',
      connection: 'main',
      roles: ['a', 'b'],
      description: 'finds one',
      condition: { type: 'bool' },
      base: base?.hash,
      args: { type: 'object', properties: { email: { type: 'string', format: 'email' } }, required: ['email'] },
    });
    expect(logics['clean/up']).toMatchObject({
      mode: 'mutation',
      export: 'default',
      connection: 'other',
      timeoutMs: 2_000,
    });
    expect(bundles.map(({ hash }) => hash).sort()).toEqual(
      Object.values(logics)
        .map((logic) => (logic as FunctionLogic).artifact)
        .sort(),
    );
    expect(bundles.every(({ sourceMap }) => sourceMap?.includes('logics/'))).toBe(true);
  });

  it('have the same bundles whatever else the project has, so that what did not change is not sent again', async () => {
    const one = file('a.ts', `${IMPORT} export const f = query({ handler: () => 1 });`);
    const other = file('b.ts', `${IMPORT} export const f = query({ handler: () => 2 });`);
    const alone = await builder.build([one]);
    const both = await builder.build([other, one]);
    expect(both.logics['a/f']).toEqual(alone.logics['a/f']);
    expect(both.artifacts).toHaveLength(3);
  });

  it('import each other, and files that have no function', async () => {
    const files = [
      file('lib/money.ts', `export const cents = (n: number): number => n * 100;`),
      file(
        'a.ts',
        `${IMPORT} import { cents } from './lib/money'; import type { X } from './b.ts'; export const f = query({ handler: (): X => cents(1) });`,
      ),
      file(
        'b.ts',
        `${IMPORT} import { cents } from './lib/money.js'; export type X = number; export const f = query({ handler: () => cents(2) });`,
      ),
    ];
    const { logics, problems } = await builder.build(files);
    expect(problems).toEqual([]);
    expect(Object.keys(logics).sort()).toEqual(['a/f', 'b/f']);
  });

  it('are refused with all that is wrong at once, each at its place', async () => {
    expect(
      await problemsOf(
        file(
          'a.ts',
          `${IMPORT}import { readFileSync } from 'node:fs';\nimport lodash from 'lodash';\nimport { x } from './gone';\nexport const f = query({ handler: () => [readFileSync, lodash, x] });`,
        ),
        file('b.ts', `${IMPORT}export const f = query({\n  handler: (ctx) => ctx.db.exec('delete from t'),\n});`),
        file('c.ts', `${IMPORT}export const f = query({ handler: () => 1 }`),
        file(
          'd.ts',
          `${IMPORT}const n: number = 'x';\nexport const f = query({ handler: async () => import(String(n)) });`,
        ),
      ),
    ).toEqual([
      {
        file: 'logics/a.ts',
        line: 2,
        column: 30,
        message: '"node:fs" cannot be imported: functions import files under logics/ and @santokit/functions, zod',
      },
      {
        file: 'logics/a.ts',
        line: 3,
        column: 20,
        message: '"lodash" cannot be imported: functions import files under logics/ and @santokit/functions, zod',
      },
      { file: 'logics/a.ts', line: 4, column: 19, message: 'There is no file "./gone" under logics/' },
      { file: 'logics/c.ts', line: 2, column: 44, message: 'Expected ")" but found end of file' },
      {
        file: 'logics/b.ts',
        line: 3,
        column: 28,
        message: "Property 'exec' does not exist on type 'FunctionDatabase'.",
      },
      { file: 'logics/d.ts', line: 2, column: 7, message: "Type 'string' is not assignable to type 'number'." },
      { file: 'logics/d.ts', line: 3, column: 47, message: 'What is imported must be written as a text' },
    ]);
  });

  it.each([
    ['fetch', "fetch('http://a')"],
    ['process', 'process.env'],
    ['require', 'require(String(1))'],
    ['setTimeout', 'setTimeout(() => {}, 1)'],
    ['console', 'console.log(1)'],
  ])('do not know %s', async (name, expression) => {
    const [problem, ...more] = await problemsOf(
      file('a.ts', `${IMPORT}export const f = query({ handler: () => ${expression} });`),
    );
    expect(problem).toMatchObject({
      file: 'logics/a.ts',
      line: 2,
      message: expect.stringContaining(`Cannot find name '${name}'`),
    });
    expect(more).toEqual([]);
  });

  it.each([
    [
      `export const n = 1;`,
      { line: 1, column: 1, message: 'This file exports no query and no mutation, and no other file imports it' },
    ],
    [
      `\nexport const f = query({ roles: ['a b'], handler: () => 1 });`,
      { line: 3, column: 14, message: '"roles" is not the name of a role' },
    ],
    [
      `\nexport const f = query({ timeout: '6s', handler: () => 1 });`,
      { line: 3, column: 14, message: '"timeout" must be a duration such as "2s", at most 5 s' },
    ],
    [
      `\nexport const f = query({ condition: '1 +', handler: () => 1 });`,
      { line: 3, column: 17, message: expect.any(String) },
    ],
    [
      `const fail = (): never => {\n  throw new Error('not today');\n};\nexport const f = query({ handler: () => fail });\nfail();`,
      { line: 3, column: 9, message: 'The file cannot be loaded: Error: not today' },
    ],
    [
      `export const f = query({ handler: () => 1 });\nfor (;;);`,
      { line: 1, column: 1, message: 'The file cannot be loaded: The function took longer than 2 s' },
    ],
    [
      `export const $ = query({ handler: () => 1 });`,
      { line: 2, column: 14, message: expect.stringContaining('letters, digits') },
    ],
  ])('that cannot be told are refused: %j', async (content, problem) => {
    expect(await problemsOf(file('a.ts', IMPORT + content))).toEqual([{ file: 'logics/a.ts', ...problem }]);
  });

  it('whose types take for ever do not hold up others for ever', async () => {
    const deep = `type Deep<N extends number, T extends unknown[] = []> = T['length'] extends N ? T : Deep<N, [...T, 1]>;\nexport const x: Deep<999999> = [];`;
    const problems = await problemsOf(file('a.ts', `${IMPORT}${deep}\nexport const f = query({ handler: () => 1 });`));
    expect(problems[0]).toMatchObject({
      file: 'logics/a.ts',
      message: expect.stringMatching(/excessively deep|too complex|not assignable|took/),
    });
    expect(await problemsOf(file('a.ts', `${IMPORT}export const f = query({ handler: () => 1 });`))).toEqual([]);
  });
});
