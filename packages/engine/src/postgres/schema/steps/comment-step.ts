import type { Table } from '@santokit/contract';
import type { ChangeOf, Place } from '../change.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../identifier.ts';
import { brief, LOCKS, type StepBody } from './step-body.ts';

/** A step about the comment on a table or on one of its columns. */
export function commentStep(change: ChangeOf<'change_comment'>): StepBody {
  const { column, description } = change;
  const subject = column === undefined ? `table ${change.table}` : `column ${column}`;
  return {
    class: 'safe',
    what: description === '' ? `remove the description of ${subject}` : `describe ${subject}`,
    lock: LOCKS.shareUpdateBriefly,
    groups: [brief(commentSql(change, column, description))],
  };
}

/** The comments that a table to be created is to have, of its columns too. */
export function newComments(place: Place, table: Table): string[] {
  return [
    ...(table.description ? [commentSql(place, undefined, table.description)] : []),
    ...Object.values(table.columns).flatMap((column) => newComment(place, column)),
  ];
}

/** The comment that a new column is to have. */
export function newComment(place: Place, column: { readonly name: string; readonly description?: string }): string[] {
  return column.description ? [commentSql(place, column.name, column.description)] : [];
}

function commentSql({ schema, table }: Place, column: string | undefined, description: string): string {
  const name = quoteQualified(schema, table);
  const subject = column === undefined ? `TABLE ${name}` : `COLUMN ${name}.${quoteIdentifier(column)}`;
  return `COMMENT ON ${subject} IS ${description === '' ? 'NULL' : quoteLiteral(description)}`;
}
