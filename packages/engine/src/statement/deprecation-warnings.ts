import type { Column } from '@santokit/contract';
import type { Assignment, Filter, Read, Returning, Statement } from './statement.ts';

/**
 * One text for each deprecated column that a statement reads, writes, or compares by, in the order in which it comes to them. What comes
 * back of written rows is counted where the call names it; else nobody asked for it.
 */
export function deprecationWarnings(statement: Statement): readonly string[] {
  const warnings = new Set<string>();
  for (const { name, deprecated } of columnsOf(statement))
    if (deprecated !== undefined) {
      const until = deprecated.sunset === undefined ? '' : ` (until ${deprecated.sunset})`;
      warnings.add(`The column ${JSON.stringify(name)} is deprecated: ${deprecated.reason}${until}`);
    }
  return [...warnings];
}

function columnsOf(statement: Statement): Column[] {
  switch (statement.kind) {
    case 'select':
      return columnsRead(statement.read);
    case 'count':
      return columnsCompared(statement.where);
    case 'aggregate': {
      const { where, groupBy, aggregates } = statement;
      return [...columnsCompared(where), ...groupBy, ...aggregates.flatMap(({ of }) => of ?? [])];
    }
    case 'insert':
      return [...columnsWritten(statement.cells), ...columnsNamed(statement.returning)];
    case 'update': {
      const { cells, where, returning } = statement;
      return [...columnsWritten(cells), ...columnsCompared(where), ...columnsNamed(returning)];
    }
    case 'delete':
      return [...columnsCompared(statement.where), ...columnsNamed(statement.returning)];
  }
}

/** By the caller, not by the rule or the server. */
function columnsWritten(cells: readonly Assignment[]): Column[] {
  return cells.flatMap((cell) => (cell.kind === 'sent' || cell.kind === 'change' ? cell.column : []));
}

function columnsNamed(returning: Returning | undefined): readonly Column[] {
  return returning?.named ?? [];
}

function columnsRead({ columns, distinct, where, orderBy, expands }: Read): Column[] {
  return [
    ...columns.map(({ column }) => column),
    ...distinct,
    ...columnsCompared(where),
    ...orderBy.map(({ column }) => column),
    ...expands.flatMap(({ read }) => columnsRead(read)),
  ];
}

function columnsCompared(filter: Filter): Column[] {
  switch (filter.kind) {
    case 'constant':
      return [];
    case 'all':
    case 'any':
      return filter.filters.flatMap(columnsCompared);
    case 'not':
      return columnsCompared(filter.filter);
    case 'null':
    case 'compare':
    case 'path':
      return [filter.column];
    case 'related':
      return columnsCompared(filter.where);
  }
}
