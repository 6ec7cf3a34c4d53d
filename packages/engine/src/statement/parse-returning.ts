import type { CompiledRule, Table } from '@santokit/contract';
import { parseColumns } from './parse-columns.ts';
import { badRequest, columnNamed, isList, type ParseContext, type Template } from './parse-context.ts';
import type { OutputColumn, Returning } from './statement.ts';

/**
 * What a write answers with: the key always, and of the rows that the caller may select the columns that they may select.
 * @throws StkError `BAD_REQUEST` for another form and for unknown columns
 */
export function parseReturning(returning: Template, table: Table, context: ParseContext): Returning | undefined {
  if (returning === false) return undefined;
  if (returning !== true && (!isList(returning) || returning.length === 0))
    throw badRequest('returning must be true, false or a list of columns');
  const keys = table.key.columns.map((name) => columnNamed(table, name));
  const rule = context.ruleOf(table.name, 'select');
  const options = { table, rule: rule ?? NOTHING, param: 'returning', hash: context.hash };
  const wanted = parseColumns(returning === true ? '*' : returning, options);
  const visible = rule === undefined ? null : rule.condition;
  const named = returning === true ? [] : wanted.map(({ column }) => column);
  return { keys, columns: inTableOrder(table, wanted), named, most: context.limits.rows, visible };
}

/** The rule of a caller who may select nothing; it only serves to have the names in `returning` checked. */
const NOTHING: CompiledRule = { roles: [], columns: [] };

/** The key with the wanted columns. A key is shown even where the rule hides or masks it. */
function inTableOrder(table: Table, wanted: readonly OutputColumn[]): OutputColumn[] {
  const byName = new Map(wanted.map((output) => [output.column.name, output]));
  for (const name of table.key.columns) byName.set(name, { column: columnNamed(table, name), mask: undefined });
  const keys = table.key.columns.flatMap((name) => byName.get(name) ?? []);
  return [...keys, ...[...byName.values()].filter((output) => !table.key.columns.includes(output.column.name))];
}
