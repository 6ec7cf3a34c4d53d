import type { Change } from './change.ts';
import { writeDefault } from './default-expression.ts';
import { tableKey } from './diff-context.ts';
import { namesBefore } from './names-before.ts';
import { PHASES, type Phase } from './schema-plan.ts';

export interface ScheduledChange {
  readonly phase: Phase;
  /** By the names that things have when its turn comes. */
  readonly change: Change;
  /** By the names that they are to have in the end. */
  readonly inEnd: Change;
}

/**
 * Puts changes, given in an order in which they can be made, into the phases in which no release that is served meets a schema which it
 * cannot work with, or as few as can be.
 */
export function scheduleChanges(changes: readonly Change[]): ScheduledChange[] {
  const before = namesBefore(changes);
  const freed = wantedNames(changes);
  const scheduled = changes.map((change): ScheduledChange => {
    const phase = phaseOf(change, freed);
    if (phase === 'switch' || phase === 'contract') return { phase, change, inEnd: change };
    const sooner = before.inOldNames(change);
    return sooner === undefined ? { phase: 'switch', change, inEnd: change } : { phase, change: sooner, inEnd: change };
  });
  return PHASES.flatMap((phase) => scheduled.filter((one) => one.phase === phase));
}

/** Which of all changes of a plan are made before anything of the release in force may be taken away. */
export function comesFirst(changes: readonly Change[]): (change: Change) => boolean {
  const wanted = wantedNames(changes);
  return (change) => phaseOf(change, wanted) === 'expand';
}

function phaseOf(change: Change, wanted: ReadonlySet<string>): Phase {
  switch (change.kind) {
    case 'rename_table':
    case 'rename_column':
      return 'switch';
    case 'drop_table':
    case 'drop_column':
      return 'contract';
    case 'set_not_null':
      return 'guard';
    case 'add_check':
      return change.isSafe ? 'expand' : 'guard';
    case 'drop_check':
      return change.isReplaced ? 'expand' : 'switch';
    case 'drop_index':
      return wanted.has(relationId(change.schema, change.index.name)) ? 'expand' : 'contract';
    case 'drop_foreign_key':
      // A key that comes in its place takes its name, and says other things of the same values.
      return change.live.columns.some((column) => wanted.has(keyId(change.schema, change.table, column))) ||
        wanted.has(constraintId(change.schema, change.table, change.live.name))
        ? 'expand'
        : 'contract';
    case 'change_default':
      // Callers of the release in force may leave out a value that the next one requires.
      return writeDefault(change.column) === undefined && !change.column.nullable ? 'contract' : 'expand';
    default:
      return 'expand';
  }
}

/** What new indexes and foreign keys need for themselves. */
function wantedNames(changes: readonly Change[]): Set<string> {
  const wanted = new Set<string>();
  for (const change of changes) {
    const { schema, table } = change;
    if (change.kind === 'create_index') wanted.add(relationId(schema, change.index.name));
    if (change.kind === 'create_table') for (const { name } of change.indexes) wanted.add(relationId(schema, name));
    if (change.kind === 'add_foreign_key' || change.kind === 'replace_foreign_key') {
      wanted.add(keyId(schema, table, change.key.column));
      wanted.add(constraintId(schema, table, change.key.name));
    }
  }
  return wanted;
}

function relationId(schema: string, name: string): string {
  return `relation\0${schema}\0${name}`;
}

function keyId(schema: string, table: string, column: string): string {
  return `key\0${tableKey(schema, table)}\0${column}`;
}

function constraintId(schema: string, table: string, name: string): string {
  return `constraint\0${tableKey(schema, table)}\0${name}`;
}
