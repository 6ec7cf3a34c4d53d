import type { CompiledRule, Mask, Table } from '@santokit/contract';
import { opensColumn } from '@santokit/policy';
import { badRequest, columnNamed, isList, maskOf, type Template } from './parse-context.ts';
import type { OutputColumn, OutputMask, ValueHash } from './statement.ts';

/**
 * The columns that are shown: `"*"` or a list of names. What the rule hides is left out silently, so an answer does not tell
 * whether it was asked for.
 * @throws StkError `BAD_REQUEST` for another form and for unknown columns
 */
export function parseColumns(
  select: Template | undefined,
  { table, rule, param, hash }: ParseColumnsOptions,
): OutputColumn[] {
  return namesOf(select, table, param)
    .filter((name) => opensColumn(rule, name))
    .map((name) => ({ column: columnNamed(table, name), mask: outputMask(maskOf(rule, name), hash) }));
}

export interface ParseColumnsOptions {
  readonly table: Table;
  readonly rule: CompiledRule;
  /** Its name, for messages. */
  readonly param: string;
  readonly hash: ValueHash | undefined;
}

function outputMask(mask: Mask | undefined, hash: ValueHash | undefined): OutputMask | undefined {
  if (mask !== 'hash') return mask;
  if (hash === undefined) throw new Error('A rule masks by hash, but there is no key to hash with');
  return { hash };
}

function namesOf(select: Template | undefined, table: Table, param: string): readonly string[] {
  if (select === undefined || select === '*') return Object.keys(table.columns);
  if (!isList(select) || select.length === 0) throw badRequest(`${param} must be "*" or a list of columns`);
  const names = new Set<string>();
  for (const name of select) {
    if (typeof name !== 'string') throw badRequest(`${param} must be "*" or a list of columns`);
    if (name === '*') for (const each of Object.keys(table.columns)) names.add(each);
    else names.add(columnNamed(table, name).name);
  }
  return [...names];
}
