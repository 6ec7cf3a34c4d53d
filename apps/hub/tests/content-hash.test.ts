import { type ProjectFile, StkError } from '@santokit/contract';
import { contentHash } from '@santokit/crypto';
import { FunctionBuilder } from '@santokit/runtime/build';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { compileRelease } from '../src/apply/compile-release.ts';
import { readFiles } from '../src/schema/read-files.ts';
import { isSet, type Mapping, type Plain, WHOLE_PROJECT } from './support/whole-project.ts';
import { filesOf, written } from './support/written-project.ts';

const functions = new FunctionBuilder();
afterAll(() => functions.close());

const hash = await hashOf(filesOf(WHOLE_PROJECT));

describe('the content hash', () => {
  it('is the same however a project is written: order, style, comments, white space, line ends, files', async () => {
    await fc.assert(
      fc.asyncProperty(written, fc.boolean(), async (how, reversed) => {
        const files = filesOf(WHOLE_PROJECT, how);
        expect(await hashOf(reversed ? files.toReversed() : files)).toBe(hash);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['the default schema', ['tables', 'users', 'schema'], 'public'],
    ['the default connection', ['tables', 'users', 'connection'], 'main'],
    ['that a column is not nullable', ['tables', 'posts', 'columns', 'at', 'nullable'], false],
    ['spaces of a condition', ['permissions', 'users', 'update', '0', 'condition'], '(resource.nick)!=(null)'],
    ['all columns', ['permissions', 'users', 'select', '0', 'columns'], ['*']],
    ['an operation without rules', ['permissions', 'marks'], { select: [] }],
    ['another unit of time', ['auth', 'accessTokenTtl'], '300s'],
    ['another unit of size', ['limits', 'ceilings', 'bodyBytes'], '1024KB'],
    ['the only provider', ['storage', 'buckets', 'images', 'provider'], 's3'],
    ['how objects are addressed', ['storage', 'buckets', 'images', 'forcePathStyle'], false],
    [
      "another unit of an object's size",
      ['storage', 'policies', 'images', 'covers/{postId}/*', 'upload', '0', 'maxSize'],
      '5120KB',
    ],
    ['keys that nobody may do anything to', ['storage', 'policies', 'files'], {}],
    ['a bound with a zero more', ['tables', 'posts', 'columns', 'price', 'max'], '99.50'],
  ] as const)('is the same with %s said', async (_what, path, value) => {
    expect(await hashOf(filesOf(change(WHOLE_PROJECT, path, value as Plain)))).toBe(hash);
  });

  it('is another for every change that leaves the project valid', async () => {
    const outcomes = await Promise.all(
      changesOf(WHOLE_PROJECT).map(async ({ what, project }) => ({ what, hash: await hashUnlessRefused(project) })),
    );
    const kept = outcomes.filter((outcome) => outcome.hash === hash).map(({ what }) => what);
    expect(kept).toEqual([]);
    const valid = outcomes.filter((outcome) => outcome.hash !== undefined);
    expect(valid.length).toBeGreaterThan(150);
    expect(new Set(valid.map((outcome) => outcome.hash)).size).toBeGreaterThan(valid.length * 0.95);
  });
});

async function hashUnlessRefused(project: Mapping): Promise<string | undefined> {
  try {
    return await hashOf(filesOf(project));
  } catch (thrown) {
    if (thrown instanceof StkError) return undefined; // the change made it invalid
    throw thrown;
  }
}

/** Each value of a project replaced, each taken away, each pair of neighbours in a list that has an order exchanged. */
function changesOf(project: Mapping): { what: string; project: Mapping }[] {
  return everyPath(project).flatMap(({ path, value }) => {
    const replaced = replacements(value).map((other) => ({
      what: `${path.join('.')} = ${JSON.stringify(other)}`,
      project: change(project, path, other),
    }));
    const removed = { what: `without ${path.join('.')}`, project: change(project, path, undefined) };
    const swapped =
      Array.isArray(value) && !isSet(path)
        ? value.slice(1).map((_, index) => ({
            what: `${path.join('.')} with ${index} and ${index + 1} exchanged`,
            project: change(
              project,
              path,
              value.with(index, value[index + 1] ?? null).with(index + 1, value[index] ?? null),
            ),
          }))
        : [];
    return [...replaced, removed, ...swapped];
  });
}

function replacements(value: Plain): Plain[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value + 1];
  if (typeof value !== 'string') return [];
  const names = [
    'users',
    'title',
    'third',
    'citext',
    'int',
    'string',
    'restrict',
    'no_action',
    'keep',
    'open',
    'hash',
    'ulid',
    'url',
    'true',
  ];
  return [
    `${value}x`,
    value.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
    value.replace('==', '!='),
    ...names,
  ].filter((other) => other !== value);
}

function everyPath(value: Plain, path: readonly string[] = []): { path: readonly string[]; value: Plain }[] {
  const inner =
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, member]) => everyPath(member as Plain, [...path, key]));
  return path.length === 0 ? inner : [{ path, value }, ...inner];
}

/** A copy with another value at the path; with `undefined`, without what stands there. */
function change<T extends Plain>(value: T, path: readonly string[], other: Plain | undefined): T {
  const copy = structuredClone(value);
  let parent: Plain = copy;
  for (const key of path.slice(0, -1)) parent = (parent as Mapping)[key] ?? null;
  const last = path.at(-1) ?? '';
  if (other !== undefined) (parent as Mapping)[last] = other;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete (parent as Mapping)[last];
  return copy;
}

async function hashOf(files: readonly ProjectFile[]): Promise<string> {
  const read = await readFiles({ functions }, files);
  const names = new Set(Object.values(read.model.schema).map(({ connection }) => connection));
  const connections = [...names].map((name) => ({ name, engine: 'postgres' as const }));
  return contentHash(compileRelease({ files: read, connections, withSchema: true }));
}
