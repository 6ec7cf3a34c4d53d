import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Table } from '@santokit/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SchemaStep } from './schema-plan.ts';
import { LOCKS } from './steps/step-body.ts';
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

/**
 * Rules that are about what an operator asked for by name, not about how it is done, and what the step that breaks one has to say of it
 * instead. Where a step has put a column with the same values in the place of another, nothing is dropped or renamed to those who read it.
 */
const ASKED_FOR: Readonly<Record<string, (step: SchemaStep) => boolean>> = {
  'ban-drop-column': (step) => step.losesData || isReplacement(step),
  'ban-drop-table': (step) => step.losesData,
  // Programs that read the column are told of null by its declaration, which the same release changes.
  'ban-drop-not-null': ({ what }) => what.startsWith('allow null in '),
  'renaming-column': (step) => (step.takes !== undefined && step.advice !== undefined) || isReplacement(step),
  'renaming-table': (step) => step.takes !== undefined && step.advice !== undefined,
  // A rewrite is told, with its lock; without one it takes a moment.
  'changing-column-type': ({ what, rewrites, lock }) =>
    what.startsWith('change the type of ') && lock === (rewrites ? LOCKS.rewrite : LOCKS.exclusive),
};

function isReplacement({ groups }: SchemaStep): boolean {
  return groups.some(({ mode }) => mode === 'batches');
}

const changes: { name: string; before: Table[]; after: Table[] }[] = [
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
  },
  {
    name: 'keys and foreign keys that are filled in batches',
    before: keyed('int'),
    after: keyed('bigint'),
  },
];

function keyed(type: 'int' | 'bigint'): Table[] {
  const reference = { type, references: { table: 'nodes' } } as const;
  return [
    declare('nodes', { id: { type, generate: 'client' }, columns: { parent: { ...reference, nullable: true } } }),
    declare('counted', { id: { type, generate: 'auto_increment' } }),
    declare('links', { link: ['a', 'b'], columns: { a: reference, b: reference } }),
  ];
}

test.each(changes)('squawk has nothing to say about $name', async ({ before, after }) => {
  const scratch = await database.empty();
  await scratch.migrate(before);
  const { steps } = await scratch.plan(after, { isInUse: true });

  expect(steps.length).toBeGreaterThan(0);
  expect(await squawk(steps)).toEqual([]);
});

test('squawk has nothing to say about columns that views read', async () => {
  const scratch = await database.empty();
  const posts = (a: ColumnParts, b: ColumnParts) => declare('posts', { columns: { a, b } });
  await scratch.migrate([posts({ type: 'int' }, { type: 'string', native: 'varchar(10)' })]);
  await scratch.run('CREATE VIEW read AS SELECT a, b FROM posts');
  const { steps } = await scratch.plan([posts({ type: 'bigint' }, { type: 'string' })], { isInUse: true });

  expect(steps.map((step) => step.class)).toEqual(['safe', 'safe']);
  expect(await squawk(steps)).toEqual([]);
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

      expect(await squawk(created.steps)).toEqual([]);
      expect(await squawk(steps)).toEqual([]);
    }),
    { numRuns },
  );
});

interface Line {
  readonly text: string;
  /** Undefined for what is said before the first one. */
  readonly step?: SchemaStep;
}

/** The statements as an apply sends them. */
function linesOf(steps: readonly SchemaStep[]): Line[] {
  const lines = steps.flatMap((step) =>
    step.groups.flatMap(({ mode, statements }) => {
      const list = statements.flatMap((statement) => `${statement};`.split('\n'));
      return (mode === 'alone' ? list : ['BEGIN;', ...list, 'COMMIT;']).map((text) => ({ text, step }));
    }),
  );
  return [{ text: "SET lock_timeout = '400ms';" }, { text: "SET statement_timeout = '20s';" }, ...lines];
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

/** What squawk says of steps, but for what they say themselves. */
async function squawk(steps: readonly SchemaStep[]): Promise<string[]> {
  const lines = linesOf(steps);
  const texts = lines.map(({ text }) => text);
  const findings = await findingsIn([...texts, ''].join('\n'));
  const isSaid = (rule: string, step: SchemaStep | undefined) => step !== undefined && ASKED_FOR[rule]?.(step) === true;
  return findings
    .filter((finding) => !isProvenBeforeRename(finding, texts))
    .filter(({ rule_name: rule, line }) => !isSaid(rule, lines[line]?.step))
    .map(({ rule_name: rule, line }) => `${rule}: ${texts[line]} (${lines[line]?.step?.what})`);
}

async function findingsIn(script: string): Promise<Finding[]> {
  return await new Promise((resolve, reject) => {
    const child = execFile(PROGRAM, ['--reporter=json', '--pg-version=18'], (error, stdout) => {
      if (stdout === '') reject(error ?? new Error('squawk said nothing'));
      else resolve(JSON.parse(stdout) as Finding[]);
    });
    child.stdin?.end(script);
  });
}
