import type { Table } from '@santokit/contract';
import type { Change } from './change.ts';
import { schemaOf } from './diff-context.ts';
import type { LiveTable } from './live-schema.ts';

/**
 * Descriptions that are not the comments that the database has, of the table and of columns that are there. What has no description
 * keeps the comment that it has; an empty one takes it away.
 */
export function diffComments(table: Table, live: LiveTable): Change[] {
  const place = { schema: schemaOf(table), table: table.name, kind: 'change_comment' as const };
  const isDifferent = (description: string | undefined, comment = '') =>
    description !== undefined && description !== comment;
  const changes: Change[] = [];
  if (isDifferent(table.description, live.comment)) {
    changes.push({ ...place, description: table.description ?? '', actual: live.comment });
  }
  for (const found of live.columns) {
    const column = Object.hasOwn(table.columns, found.name) ? table.columns[found.name] : undefined;
    if (column === undefined || !isDifferent(column.description, found.comment)) continue;
    changes.push({ ...place, column: column.name, description: column.description ?? '', actual: found.comment });
  }
  return changes;
}
