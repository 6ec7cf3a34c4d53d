import { type SQL, sql } from 'drizzle-orm/sql/sql';
import type { AfterRow, Order } from '../../statement/statement.ts';
import { cursorBinder } from './cursor-binder.ts';
import { columnName, list, parameter, typeOf } from './fragments.ts';

/** The condition that a row of the table named `alias` comes after a given one, in an order without ties. */
export function afterRow(orders: readonly Order[], { position }: AfterRow, alias: string): SQL {
  const steps = orders.map((order, index) => stepOf(order, position[index] ?? null, alias));
  return rowComparison(steps) ?? stepwise(steps);
}

/** How rows go on in one column of the order. */
interface Step {
  readonly value: SQL;
  /** The given row's value; null where it has none. */
  readonly bound: SQL | null;
  readonly direction: 'asc' | 'desc';
  /** Whether rows without a value may come after one with a value. */
  readonly nullsFollow: boolean;
}

function stepOf({ column, direction, nulls }: Order, slot: number | null, alias: string): Step {
  const nullsLast = (nulls ?? (direction === 'asc' ? 'last' : 'first')) === 'last';
  return {
    value: columnName(alias, column.name),
    bound: slot === null ? null : parameter(cursorBinder(column, slot), typeOf(column)),
    direction,
    nullsFollow: column.nullable && nullsLast,
  };
}

/**
 * Rows are compared as wholes where all columns go in one direction and no null can follow: that is the form that an index serves.
 * A row with a null in it compares as unknown then, which leaves it out, as is right where nulls come first.
 */
function rowComparison(steps: readonly Step[]): SQL | undefined {
  const [first] = steps;
  const bounds = steps.map(({ bound }) => bound).filter((bound) => bound !== null);
  const isUniform = steps.every(({ direction, nullsFollow }) => direction === first?.direction && !nullsFollow);
  if (first === undefined || bounds.length < steps.length || !isUniform) return undefined;
  return sql`(${list(steps.map(({ value }) => value))}) ${beyond(first)} (${list(bounds)})`;
}

/** Column by column: beyond in the first, or level in it and after in the rest. */
function stepwise([step, ...rest]: readonly Step[]): SQL {
  if (step === undefined) return sql`false`;
  const { value, bound, nullsFollow } = step;
  const following = stepwise(rest);
  if (bound === null) {
    // Level with it are rows without a value too; where nulls come first, all with a value follow.
    return step.nullsFollow ? sql`(${value} is null and ${following})` : sql`(${value} is not null or ${following})`;
  }
  const strictly = sql`${value} ${beyond(step)} ${bound}`;
  if (nullsFollow) return sql`(${strictly} or ${value} is null or (${value} = ${bound} and ${following}))`;
  // Said first, the bound of the first column is one that an index can start at.
  return sql`(${value} ${beyond(step)}= ${bound} and (${strictly} or ${following}))`;
}

function beyond({ direction }: Step): SQL {
  return direction === 'asc' ? sql`>` : sql`<`;
}
