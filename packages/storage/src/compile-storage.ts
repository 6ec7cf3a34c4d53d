import type { CompiledStorage, Expression, KeyPolicy, Problem, Schema, StorageRule } from '@santokit/contract';
import { compileCondition } from '@santokit/policy';
import { didYouMean, type KeyPolicySource, type Located, type Position, type StorageSource } from '@santokit/project';
import { bySpecificity, type KeyPattern, parseKeyPattern } from './key-pattern.ts';

export interface CompiledStorageResult {
  /** Absent where the project has no `config/storage.yaml`. */
  readonly storage?: CompiledStorage;
  /** All that is wrong; only where it is empty may the storage be used. */
  readonly problems: readonly Problem[];
}

/** The schema that file columns stand in, and where they are declared. */
export interface FileColumns {
  readonly schema: Schema;
  readonly positions: ReadonlyMap<string, Position>;
}

/** Compiles buckets and policies: patterns, conditions, and the buckets that file columns name. */
export function compileStorage(source: StorageSource | undefined, columns: FileColumns): CompiledStorageResult {
  const problems: Problem[] = [];
  checkFileColumns(source?.declared ?? [], columns, problems);
  if (source === undefined) return { problems };
  const policies = source.policies
    // A bucket without policies refuses as one that is not named does.
    .filter(({ keys }) => keys.length > 0)
    .map(({ bucket, keys }) => [bucket.value, compilePolicies(keys, problems)] as const);
  return { storage: { buckets: source.buckets, policies: Object.fromEntries(policies) }, problems };
}

function compilePolicies(sources: readonly KeyPolicySource[], problems: Problem[]): KeyPolicy[] {
  const patterns = sources.flatMap((source) => {
    const pattern = parseKeyPattern(source.pattern.value);
    if (typeof pattern !== 'string') return [{ source, pattern }];
    problems.push(problemAt(source.pattern, pattern));
    return [];
  });
  const sorted = patterns.toSorted((a, b) => bySpecificity(a.pattern, b.pattern));
  for (const [index, { source, pattern }] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before === undefined || bySpecificity(before.pattern, pattern) !== 0) continue;
    problems.push(
      problemAt(source.pattern, `"${pattern.text}" matches the same keys as "${before.pattern.text}"; make them one`),
    );
  }
  return sorted.map(({ source, pattern }) => compilePolicy(source, pattern, problems));
}

function compilePolicy(source: KeyPolicySource, pattern: KeyPattern, problems: Problem[]): KeyPolicy {
  const operations = source.operations
    // An empty list of rules refuses as no list does.
    .filter(({ rules }) => rules.length > 0)
    .map(({ operation, rules }) => [operation, rules.map((rule) => compileRule(rule, pattern, problems))] as const);
  return { pattern: pattern.text, ...Object.fromEntries(operations) };
}

type RuleSource = KeyPolicySource['operations'][number]['rules'][number];

function compileRule(rule: RuleSource, { variables }: KeyPattern, problems: Problem[]): StorageRule {
  const { condition: text, maxSizeBytes, allowedTypes } = rule;
  const condition: Expression | undefined =
    text === undefined ? undefined : compileCondition(text, { problems, pathVariables: variables });
  return {
    roles: [...new Set(rule.roles.map(({ value }) => value))].sort(),
    ...(condition === undefined ? {} : { condition }),
    ...(maxSizeBytes === undefined ? {} : { maxSizeBytes }),
    ...(allowedTypes === undefined ? {} : { allowedTypes }),
  };
}

/** A column whose objects are deleted with its rows needs a bucket to delete them from. */
function checkFileColumns(buckets: readonly string[], { schema, positions }: FileColumns, problems: Problem[]): void {
  for (const table of Object.values(schema))
    for (const [name, { file }] of Object.entries(table.columns)) {
      if (file === undefined || buckets.includes(file.bucket)) continue;
      // Without a single bucket a key is a text like any other.
      if (buckets.length === 0 && file.onDelete === 'keep') continue;
      const position = positions.get(`${table.name}.${name}`);
      if (position === undefined) continue;
      const message = `Bucket "${file.bucket}" is not declared in config/storage.yaml${didYouMean(file.bucket, buckets)}`;
      problems.push(problemAt(position, message));
    }
}

function problemAt({ file, line, column }: Position | Located, message: string): Problem {
  return { file, line, column, message };
}
