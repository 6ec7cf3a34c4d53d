import type { Column, Table } from '@santokit/contract';
import type { Change, NamedCheck } from './change.ts';
import { type CheckRules, canonicalRules, enforcedRules, isSameRules, isWider } from './check-rules.ts';
import { type DiffContext, schemaOf } from './diff-context.ts';
import type { LiveCheck, LiveTable } from './live-schema.ts';
import { checkName } from './object-name.ts';

/** The checks of a table that is yet to be created. */
export function newChecks(table: Table, context: DiffContext): NamedCheck[] {
  return Object.values(table.columns).flatMap((column) => {
    const rules = enforcedRules(column);
    return rules === undefined ? [] : [{ name: newName(table, column, context), column, rules }];
  });
}

/**
 * What differs between the rules that columns say `enforce` of and the checks of ours that the database has. Checks that others made,
 * or made something else of, are left alone where nothing is declared in their place.
 */
export function diffChecks(table: Table, live: LiveTable, context: DiffContext, columns: readonly Change[]): Change[] {
  const retyped = new Set(columns.flatMap((change) => (change.kind === 'change_type' ? [change.column.name] : [])));
  const existing = new Set(live.columns.map((column) => column.name));
  return Object.values(table.columns).flatMap((column) =>
    diffCheck(
      { table, column, context, checks: live.checks.filter((check) => check.column === column.name) },
      {
        isRetyped: retyped.has(column.name),
        isNew: !existing.has(column.name),
      },
    ),
  );
}

interface CheckedColumn {
  readonly table: Table;
  readonly column: Column;
  readonly context: DiffContext;
  /** Those of the column, with the rules in their one form. */
  readonly checks: readonly LiveCheck[];
}

function diffCheck(checked: CheckedColumn, { isRetyped, isNew }: { isRetyped: boolean; isNew: boolean }): Change[] {
  const { table, column, context } = checked;
  const place = { schema: schemaOf(table), table: table.name };
  const rules = enforcedRules(column);
  const known = checked.checks.filter((check) => check.rules !== undefined);
  const kept = known.find((check) => rules !== undefined && isSameRules(rulesOf(check, column), rules));
  const drop = (live: LiveCheck, isReplaced: boolean): Change => ({ ...place, kind: 'drop_check', live, isReplaced });
  if (rules === undefined) return isGeneratedKey(table, column) ? [] : known.map((check) => drop(check, false));
  if (kept !== undefined && !isRetyped) {
    const unvalidated: Change[] = kept.isValidated
      ? []
      : [{ ...place, kind: 'validate_check', check: { name: kept.name, column, rules } }];
    return [...unvalidated, ...known.filter((check) => check !== kept).map((check) => drop(check, true))];
  }
  const isSafe = isNew || known.some((check) => check.isValidated && isWider(rulesOf(check, column), rules));
  const replaced = isRetyped ? [] : checked.checks;
  // The server would read the table under its lock to check anew what it checks already, so the check waits for the new type.
  const dropped = isRetyped ? checked.checks.map((check) => drop(check, true)) : [];
  if (isRetyped)
    for (const { name } of checked.checks) context.names.releaseConstraint(place.schema, place.table, name);
  const check = { name: newName(table, column, context), column, rules };
  return [...dropped, { ...place, kind: 'add_check', check, isSafe, replaced }];
}

function rulesOf(check: LiveCheck, column: Column): CheckRules {
  return canonicalRules(column, check.rules ?? {});
}

/** Files cannot say `enforce` of a key that has an `id`. */
function isGeneratedKey(table: Table, column: Column): boolean {
  return table.key.generate !== undefined && table.key.columns.includes(column.name);
}

function newName(table: Table, column: Column, context: DiffContext): string {
  return context.names.takeConstraint(schemaOf(table), table.name, checkName(table.name, column.name));
}
