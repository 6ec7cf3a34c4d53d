import type { Column } from '@santokit/contract';
import type { Filter, Read, Statement } from './statement.ts';

/**
 * One text for each deprecated column that a statement reads, writes, or compares by, in the order in which it comes to them. What comes
 * back of written rows is not counted: nobody asked for it.
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
      return statement.cells.flatMap((cell) => (cell.kind === 'sent' ? cell.column : []));
    case 'update': {
      const sent = statement.cells.flatMap((cell) => (cell.kind === 'set' ? [] : cell.column));
      return [...sent, ...columnsCompared(statement.where)];
    }
    case 'delete':
      return columnsCompared(statement.where);
  }
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
