import type { CompiledPermissions, Table } from '@santokit/contract';
import { unindexedComparisons } from '@santokit/policy';
import { storedName } from '../stored-name.ts';
import { schemaOf, tableKey } from './diff-context.ts';
import { declaredIndexes } from './diff-indexes.ts';
import type { LiveSchema, LiveTable } from './live-schema.ts';

/**
 * One line for each column without an index that is a foreign key, so that deleting or expanding from the other side reads the whole
 * table, or that a rule compares with something of the request, so that every call under the rule does.
 */
export function indexAdvice(
  declared: readonly Table[],
  live: LiveSchema,
  permissions: CompiledPermissions['tables'] = {},
): string[] {
  const tables = new Map(live.tables.map((table) => [tableKey(table.schema, table.name), table]));
  // An index on a view there is none, and one on a materialized view is as much its database's own as the view is.
  const indexed = declared.filter((table) => !table.view);
  return indexed.flatMap((table) => {
    const leading = leadingColumns(table, tables.get(tableKey(schemaOf(table), storedName(table))));
    const rules = Object.hasOwn(permissions, table.name) ? (permissions[table.name] ?? {}) : {};
    const compared = new Set(unindexedComparisons(rules, (name) => leading.has(name)));
    return Object.values(table.columns).flatMap(({ name, references }) => {
      const reasons = [
        ...(references === undefined || leading.has(name) ? [] : [`refers to ${references.table}`]),
        ...(compared.has(name) ? ['is what rules find rows by'] : []),
      ];
      if (reasons.length === 0) return [];
      return `${table.name}.${name} ${reasons.join(' and ')} but has no index; add under ${table.name}: indexes: [{ columns: [${name}] }]`;
    });
  });
}

/** The columns by which some index finds rows: those that stand first in one over all rows. */
function leadingColumns(table: Table, live: LiveTable | undefined): ReadonlySet<string | undefined> {
  const own = declaredIndexes(table).filter((index) => index.where === undefined);
  const others = live?.indexes.filter((index) => !index.isPlain) ?? [];
  return new Set([...own, ...others].map((index) => index.columns[0]).concat(table.key.columns[0]));
}
