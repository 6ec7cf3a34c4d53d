import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Table } from '@santokit/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SchemaStep } from './schema-plan.ts';
import { changeTester } from './testing/change-case.ts';
import { type ColumnParts, declare } from './testing/declare.ts';
import { randomSchema } from './testing/random-schema.ts';

const database = changeTester();

/** As of `convergence.test.ts`. */
const numRuns = Number(process.env.STK_PROPERTY_RUNS ?? 8);
const text: ColumnParts = { type: 'string', nullable: true };
const posts = (columns: Record<string, ColumnParts>, indexes: Table['indexes'] = []) =>
  declare('posts', { columns, indexes });

const { getBinaryPath } = createRequire(import.meta.url)('squawk-cli/js/index.js') as { getBinaryPath: () => string };
const PROGRAM = getBinaryPath();

/** Rules that are about what an operator asked for by name, not about how it is done; why each is met in another way. */
const ASKED_FOR_REASONS = {
  'ban-drop-column':
    'A destructive step that says how many values are lost, or the end of one that has put a column with the same values in its place.',
  'ban-drop-table': 'A destructive step that says how many rows are lost; nothing else removes a table.',
  'ban-drop-not-null':
    'Programs that read the column are told of null by its declaration, which the same release changes.',
  'renaming-column':
    'The step says that Bridges use the old name until they have the new release, or nobody knows the column by the old one.',
  'renaming-table': 'As for columns.',
  'changing-column-type':
    'The step says whether it rewrites the table, and under which lock; without a rewrite it takes a moment.',
};
const ASKED_FOR = Object.keys(ASKED_FOR_REASONS);

const changes: { name: string; before: Table[]; after: Table[]; excluded?: string[] }[] = [
  {
    name: 'new tables with keys, defaults, indexes and references',
    before: [],
    after: [
      declare('counted', { id: { generate: 'auto_increment' }, schema: 'app' }),
      posts(
        {
          a: { ...text, unique: true },
          b: { type: 'timestamp', default: { kind: 'now' } },
          c: { type: 'bigint', references: { table: 'counted' } },
        },
        [{ columns: ['a', 'b'], unique: false }],
      ),
    ],
  },
  {
    name: 'columns, indexes and references added to a table in use',
    before: [declare('users'), posts({})],
    after: [
      declare('users'),
      posts(
        {
          a: text,
          b: { type: 'bigint', default: { kind: 'literal', value: '7' } },
          c: { ...text, unique: true },
          d: { ...text, references: { table: 'users', onDelete: 'cascade' } },
        },
        [{ columns: ['a'], unique: false, where: 'b > 3' }],
      ),
    ],
  },
  {
    name: 'nullability, defaults, actions and generators',
    before: [
      declare('users'),
      declare('n', { id: { generate: 'client', type: 'bigint' } }),
      posts({ a: text, b: { type: 'string' }, d: { ...text, references: { table: 'users' } } }),
    ],
    after: [
      declare('users'),
      declare('n', { id: { generate: 'auto_increment' } }),
      posts({
        a: { type: 'string' },
        b: { ...text, default: { kind: 'literal', value: 'x' } },
        d: { ...text, references: { table: 'users', onDelete: 'set_null' } },
      }),
    ],
    excluded: ASKED_FOR,
  },
  {
    name: 'what is dropped, renamed and widened',
    before: [
      declare('users'),
      posts({
        a: { ...text, unique: true },
        b: { type: 'string', native: 'varchar(10)' },
        c: text,
        d: { ...text, references: { table: 'users' } },
      }),
    ],
    after: [
      declare('people', { renamedFrom: 'users' }),
      posts({ a: text, b: { type: 'string' }, c2: { ...text, renamedFrom: 'c' } }),
    ],
    excluded: ASKED_FOR,
  },
  {
    name: 'what is filled in batches',
    before: [posts({ a: { type: 'int', unique: true }, b: { type: 'int', default: { kind: 'literal', value: 7 } } })],
    after: [
      posts({
        a: { type: 'bigint', unique: true },
        b: { type: 'bigint', default: { kind: 'literal', value: '7' } },
        c: { type: 'uuid', default: { kind: 'uuid_v4' } },
      }),
    ],
    excluded: ['ban-drop-column', 'renaming-column'],
  },
];

test.each(changes)('squawk has nothing to say about $name', async ({ before, after, excluded = [] }) => {
  const scratch = await database.empty();
  await scratch.migrate(before);
  const { steps } = await scratch.plan(after, { isInUse: true });

  expect(steps.length).toBeGreaterThan(0);
  expect(await squawk(scriptOf(steps), excluded)).toEqual([]);
});

test('squawk has nothing to say about the steps from any schema to any other', {
  timeout: 20_000 + numRuns * 3_000,
}, async () => {
  const scratch = await database.empty();
  await fc.assert(
    fc.asyncProperty(randomSchema, randomSchema, async (before, after) => {
      await scratch.clear();
      const created = await scratch.migrate(before);
      const { steps } = await scratch.plan(after, { previous: before, isInUse: true });

      expect(await squawk(scriptOf(created.steps), [])).toEqual([]);
      expect(await squawk(scriptOf(steps), ASKED_FOR)).toEqual([]);
    }),
    { numRuns },
  );
});

/** The statements as an apply sends them. */
function scriptOf(steps: readonly SchemaStep[]): string {
  const groups = steps.flatMap((step) => step.groups);
  const lines = groups.flatMap(({ mode, statements }) => {
    const list = statements.map((statement) => `${statement};`);
    return mode === 'alone' ? list : ['BEGIN;', ...list, 'COMMIT;'];
  });
  return ["SET lock_timeout = '400ms';", "SET statement_timeout = '20s';", ...lines, ''].join('\n');
}

interface Finding {
  readonly rule_name: string;
  readonly line: number;
}

/** squawk does not follow a rename: what is set not null was proven to hold no null under the name that it had until just before. */
function isProvenBeforeRename({ rule_name: rule, line }: Finding, lines: readonly string[]): boolean {
  if (rule !== 'adding-not-nullable-field') return false;
  const [, table, column] = /^ALTER TABLE (.+) ALTER COLUMN (.+) SET NOT NULL;$/.exec(lines[line] ?? '') ?? [];
  const interim = /^ALTER TABLE (.+) RENAME COLUMN (.+) TO (.+);$/.exec(lines[line - 1] ?? '');
  const check = /^ALTER TABLE .+ DROP CONSTRAINT (.+);$/.exec(lines[line + 1] ?? '')?.[1];
  if (interim?.[1] !== table || interim?.[3] !== column) return false;
  const proof = `ALTER TABLE ${table} ADD CONSTRAINT ${check} CHECK (${interim?.[2]} IS NOT NULL) NOT VALID;`;
  const validation = `ALTER TABLE ${table} VALIDATE CONSTRAINT ${check};`;
  return lines.slice(0, line).includes(proof) && lines.slice(0, line).includes(validation);
}

async function squawk(script: string, excluded: readonly string[]): Promise<string[]> {
  return await new Promise((resolve, reject) => {
    const child = execFile(
      PROGRAM,
      ['--reporter=json', '--pg-version=18', ...excluded.map((rule) => `--exclude=${rule}`)],
      (error, stdout) => {
        if (stdout === '') return reject(error ?? new Error('squawk said nothing'));
        const findings = JSON.parse(stdout) as Finding[];
        const lines = script.split('\n');
        const real = findings.filter((finding) => !isProvenBeforeRename(finding, lines));
        resolve(real.map((finding) => `${finding.rule_name}: ${lines[finding.line]}`));
      },
    );
    child.stdin?.end(script);
  });
}
