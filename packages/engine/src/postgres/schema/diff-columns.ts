import type { Column, Table } from '@santokit/contract';
import { canonicalNativeType } from '../native-type.ts';
import { nativeType } from '../type-map.ts';
import type { Change } from './change.ts';
import { liveDefaultSql, sameDefault } from './default-expression.ts';
import { type DiffContext, schemaOf } from './diff-context.ts';
import type { LiveColumn, LiveTable } from './live-schema.ts';
import { notNullCheckName } from './object-name.ts';

/** What differs between the columns of a declared table and of the live one. */
export function diffColumns(table: Table, live: LiveTable, { live: schema }: DiffContext): Change[] {
  const place = { schema: schemaOf(table), table: table.name };
  const liveColumns = new Map(live.columns.map((column) => [column.name, column]));
  const changes: Change[] = [];
  for (const column of Object.values(table.columns)) {
    const found = liveColumns.get(column.name);
    liveColumns.delete(column.name);
    if (found === undefined) {
      const isKey = table.key.columns.includes(column.name);
      const isConstrained = schema.constrainedDomains.has(nativeType(column));
      changes.push({ ...place, kind: 'add_column', column, isKey, isTableEmpty: live.isEmpty, isConstrained });
    } else {
      changes.push(...diffColumn(table, column, found));
    }
    changes.push(...leftoverCheck(table, column, found, live));
  }
  for (const extra of liveColumns.values()) changes.push({ ...place, kind: 'drop_column', live: extra });
  return changes;
}

/** Whether a declared type is the live one; both may be spelled in several ways. */
export function sameType(column: Column, live: LiveColumn): boolean {
  return nativeType(column) === printedType(live.type);
}

/** A type that the grammar of pinned types does not know is compared as it is. */
function printedType(type: string): string {
  try {
    return canonicalNativeType(type);
  } catch {
    return type;
  }
}

function diffColumn(table: Table, column: Column, live: LiveColumn): Change[] {
  const place = { schema: schemaOf(table), table: table.name };
  const changes: Change[] = [];
  const isWrittenByDatabase = live.isGenerated || live.identity === 'always';
  const isKey = table.key.columns.includes(column.name);
  const generate = isKey ? table.key.generate : undefined;
  if (generate === undefined && (column.readOnly ?? false) !== isWrittenByDatabase) {
    return [{ ...place, kind: 'change_generated', column, live }];
  }
  if (!sameType(column, live)) changes.push({ ...place, kind: 'change_type', column, live });
  if (generate === 'auto_increment') {
    if (!makesNumbers(live)) changes.push({ ...place, kind: 'add_generator', column, live });
  } else if (generate === undefined && !isWrittenByDatabase && !sameDefault(column, live)) {
    // Keys that somebody else makes may keep whatever default the database has for its other users.
    changes.push({ ...place, kind: 'change_default', column, live });
  }
  const nullable = column.nullable && !isKey;
  if (!nullable && live.nullable) changes.push({ ...place, kind: 'set_not_null', column: column.name });
  if (nullable && !live.nullable) changes.push({ ...place, kind: 'drop_not_null', column: column.name });
  return changes;
}

/** An identity column, or a serial one. */
function makesNumbers(live: LiveColumn): boolean {
  return live.identity !== undefined || /^nextval\(/i.test(liveDefaultSql(live) ?? '');
}

/** A check of ours that a broken-off change left behind, and that no change of this plan is going to use. */
function leftoverCheck(table: Table, column: Column, found: LiveColumn | undefined, live: LiveTable): Change[] {
  const name = notNullCheckName(table.name, column.name);
  if (!live.constraintNames.includes(name)) return [];
  if (found?.nullable === true && !column.nullable) return [];
  return [{ schema: schemaOf(table), table: table.name, kind: 'drop_leftover_check', column: column.name, name }];
}
