import type { ChangeOf } from '../change.ts';
import { type StepBody, unsupported } from './step-body.ts';

type ViewChange = ChangeOf<'missing_view' | 'not_a_view' | 'change_view_column'>;

/** Steps about views: none can be taken, for the SQL that makes a view is not in the files. */
export function viewStep(change: ViewChange): StepBody {
  switch (change.kind) {
    case 'missing_view':
      return unsupported(
        `the view ${change.table} is not in the database`,
        'Create it by SQL of your own, or remove the declaration. A view of tables that are yet to be made comes after an apply of those.',
      );
    case 'not_a_view':
      return unsupported(
        `${change.table} is a ${change.actual} in the database, not a view`,
        'Remove `view: true` and declare it as a table, or declare a view of another name.',
      );
    case 'change_view_column':
      return unsupported(
        viewColumnDifference(change),
        'Declare the columns that the view has (`stk schema pull` writes them), or change the view by SQL of your own.',
      );
  }
}

function viewColumnDifference({ column, expected, actual, table }: ChangeOf<'change_view_column'>): string {
  if (actual === null) return `the view ${table} has no column ${column}`;
  if (expected === null) return `the view ${table} has a column ${column} that is not declared`;
  return `the column ${column} of the view ${table} is ${actual} in the database, not ${expected}`;
}

/** Instead of a step that PostgreSQL would refuse: a column that views are made of keeps its type, and neither it nor its table is dropped. */
export function heldByViews(what: string, readBy: readonly string[] | undefined): StepBody | undefined {
  if (readBy === undefined || readBy.length === 0) return undefined;
  const [isOne, names] = [readBy.length === 1, readBy.join(', ')];
  return unsupported(
    `${what}: ${names} ${isOne ? 'reads' : 'read'} it`,
    `Drop ${names} by SQL of your own, apply, and create ${isOne ? 'it' : 'them'} anew as the tables are then.`,
  );
}
