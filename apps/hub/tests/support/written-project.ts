import type { ProjectFile } from '@santokit/contract';
import fc from 'fast-check';
import { Document, isScalar, type ToStringOptions, visit } from 'yaml';
import { isSet, type Mapping, type Plain } from './whole-project.ts';

/** A way to write a project down. */
export interface Written {
  /** Of the order of keys and sets. */
  readonly seed: number;
  readonly yaml: ToStringOptions;
  readonly isFolded: boolean;
  readonly comments: boolean;
  readonly lineEnd: '\n' | '\r\n';
  readonly oneFile: boolean;
}

/** The files that a project can be written down in. */
export function filesOf(project: Mapping, written?: Written): ProjectFile[] {
  const { tables, permissions, auth, limits, storage } =
    written === undefined ? project : (reorder(project, randomNumbers(written.seed)) as Mapping);
  const all = Object.entries((tables ?? {}) as Mapping);
  const groups = written?.oneFile === false ? all.map((entry) => [entry]) : [all];
  const files: [string, Plain][] = [
    ...groups.map((group, index): [string, Plain] => [
      `schema/t${index}.yaml`,
      { version: 1, tables: Object.fromEntries(group) },
    ]),
    ['config/permissions.yaml', { version: 1, tables: permissions ?? null }],
    ['config/auth.yaml', auth ?? null],
    ['config/limits.yaml', limits ?? null],
    ['config/storage.yaml', storage ?? null],
  ];
  return files.map(([path, content]) => ({
    path,
    content: written === undefined ? JSON.stringify(content) : write(content, written),
  }));
}

function write(content: Plain, { yaml, isFolded, comments, lineEnd }: Written): string {
  const document = new Document(content, { aliasDuplicateObjects: false });
  if (comments) {
    document.commentBefore = ' what stands here\n\n is for people: { [ "';
    visit(document, {
      Map(_, node) {
        node.commentBefore = ' and this';
      },
      Pair(_, { key }) {
        if (isScalar(key)) key.spaceBefore = true;
      },
    });
  }
  // Between quotes, yaml 2.9.1 loses a character where it folds a text that stands far to the right.
  const isFoldable = yaml.collectionStyle === 'block' && yaml.defaultStringType === 'PLAIN';
  return document.toString({ ...yaml, lineWidth: isFolded && isFoldable ? 40 : 0 }).replaceAll('\n', lineEnd);
}

/** A linear congruential generator (Numerical Recipes, section 7.1). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}

/** The same with its keys and sets in another order, and something of each set said again. */
function reorder(value: Plain, order: () => number, path: readonly string[] = []): Plain {
  const shuffled = <T>(items: readonly T[]) =>
    items
      .map((item) => ({ item, at: order() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  if (Array.isArray(value)) {
    const items = value.map((item) => reorder(item, order, [...path, '0']));
    return isSet(path) ? shuffled([...items, ...items.slice(0, 1)]) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    shuffled(Object.entries(value)).map(([key, inner]) => [key, reorder(inner, order, [...path, key])]),
  );
}

export const written: fc.Arbitrary<Written> = fc.record({
  seed: fc.nat(),
  yaml: fc.record({
    collectionStyle: fc.constantFrom('any', 'block', 'flow'),
    defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'),
    defaultKeyType: fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE'),
    indent: fc.constantFrom(1, 2, 4, 7),
    indentSeq: fc.boolean(),
    flowCollectionPadding: fc.boolean(),
  }),
  isFolded: fc.boolean(),
  comments: fc.boolean(),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  oneFile: fc.boolean(),
});
