import { createHash } from 'node:crypto';
import type { TableIndex } from '@santokit/contract';

/** PostgreSQL cuts longer names off (`NAMEDATALEN` - 1). */
const MAX_NAME_BYTES = 63;

/**
 * The name of an index without one of its own: what PostgreSQL itself would choose, and for partial indexes a hash of the
 * definition behind it, so that the name alone tells whether the predicate is still the declared one.
 */
export function indexName(table: string, index: TableIndex): string {
  const name = `${table}_${index.columns.join('_')}_${index.unique ? 'key' : 'idx'}`;
  return index.where === undefined
    ? fitName(name)
    : fitName(name, shortHash([index.columns, index.unique, index.where]));
}

export function foreignKeyName(table: string, column: string): string {
  return fitName(`${table}_${column}_fkey`);
}

const CHECK_PREFIX = 'stk_check_';

/** The check of what a column says `enforce` of. What makes it ours stands first, where long names are not cut off. */
export function checkName(table: string, column: string): string {
  return fitName(`${CHECK_PREFIX}${table}_${column}`);
}

/** The check that stands in while a column becomes not null. */
export function notNullCheckName(table: string, column: string): string {
  return fitName(`${table}_${column}_stk_not_null`);
}

const STAND_IN_PREFIX = 'stk_next_';

/** The column that is filled with another type until it takes the place of `column`; its trigger has the same name. */
export function standInName(column: string): string {
  return fitName(`${STAND_IN_PREFIX}${column}`);
}

/** The trigger that fills a new column. */
export function fillTriggerName(column: string): string {
  return fitName(`stk_fill_${column}`);
}

/** The check that lets a column which is filled become not null. */
export function filledCheckName(column: string): string {
  return fitName(`stk_filled_${column}`);
}

/** What an index, or a foreign key, of a stand-in is called until the one that it is like is gone. */
export function standInPartName(like: string): string {
  return fitName(`${STAND_IN_PREFIX}${like}`);
}

/** Whether something has the name of a stand-in, or of a part of one. */
export function isStandInName(name: string): boolean {
  return name.startsWith(STAND_IN_PREFIX);
}

/** The function of a trigger; those of all tables are in one schema. */
export function triggerFunctionName(trigger: string, schema: string, table: string): string {
  return fitName(trigger, shortHash([schema, table, trigger]));
}

/** `name`, or where it is taken, one with a hash of what it is for, counted on until it is free. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  for (let attempt = 0, candidate = fitName(name); ; attempt++) {
    if (!isTaken(candidate)) return candidate;
    candidate = fitName(name, shortHash([name, attempt]));
  }
}

/** Cuts a name to the bytes that fit, at a character's border; what was cut off is told apart by a hash. */
function fitName(name: string, suffix?: string): string {
  const whole = suffix === undefined ? name : `${name}_${suffix}`;
  if (Buffer.byteLength(whole) <= MAX_NAME_BYTES) return whole;
  const ending = `_${suffix ?? shortHash([name])}`;
  let head = '';
  for (const character of name) {
    if (Buffer.byteLength(head + character) + ending.length > MAX_NAME_BYTES) break;
    head += character;
  }
  return head + ending;
}

function shortHash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);
}
