import { type Column, type Expression, StkError, type Table } from '@santokit/contract';
import type { SQL } from 'drizzle-orm';
import type { Binder } from '../../statement/plan.ts';

/** A rule's expression as a condition on the row named `alias`. */
export function rulePredicate(_expression: Expression, table: Table, _alias: string): SQL {
  throw new StkError('BAD_REQUEST', `Conditions on the rows of ${table.name} are not served`);
}

/** What a rule's `set` writes to a column: evaluated for the call, checked like a value that was sent. */
export function setBinder(_expression: Expression, column: Column): Binder {
  throw new StkError('BAD_REQUEST', `Setting ${column.name} is not served`);
}
