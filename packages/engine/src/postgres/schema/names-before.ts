import type { Column } from '@santokit/contract';
import type { Change, NamedForeignKey, NamedIndex, Place, StandIn } from './change.ts';
import { tableKey } from './diff-context.ts';
import type { LiveColumn, PlacedForeignKey } from './live-schema.ts';
import { type OtherNames, renamePlacedKey } from './rename-key.ts';

/** Names as they are while the renames of a plan are still to come. */
export interface NamesBefore {
  /** The change as it can be made before the renames; undefined where it has to come after them. */
  inOldNames(change: Change): Change | undefined;
}

/** What the renames among `changes` mean for the others, which are all in new names. */
export function namesBefore(changes: readonly Change[]): NamesBefore {
  const names = new OldNames(changes);
  const reuses = reusing(changes);
  return {
    inOldNames: (change) => (names.isEmpty ? change : reuses(change) ? undefined : inOldNames(change, names)),
  };
}

class OldNames implements OtherNames {
  readonly #tables = new Map<string, string>();
  readonly #columns = new Map<string, string>();

  constructor(changes: readonly Change[]) {
    for (const change of changes) {
      const key = tableKey(change.schema, change.table);
      if (change.kind === 'rename_table') this.#tables.set(key, change.from);
      if (change.kind === 'rename_column') this.#columns.set(`${key}\0${change.column}`, change.from);
    }
  }

  get isEmpty(): boolean {
    return this.#tables.size === 0 && this.#columns.size === 0;
  }

  table(schema: string, table: string): string {
    return this.#tables.get(tableKey(schema, table)) ?? table;
  }

  column({ schema, table }: Place, column: string): string {
    return this.#columns.get(`${tableKey(schema, table)}\0${column}`) ?? column;
  }

  /** Whether a text of SQL may mean a column of the table that is renamed. */
  mayBeIn({ schema, table }: Place, text: string): boolean {
    const prefix = `${tableKey(schema, table)}\0`;
    return [...this.#columns.keys()].some((key) => key.startsWith(prefix) && text.includes(key.slice(prefix.length)));
  }
}

function inOldNames(change: Change, names: OldNames): Change | undefined {
  const place = { schema: change.schema, table: names.table(change.schema, change.table) };
  const column = <C extends Column | LiveColumn>(one: C): C => ({ ...one, name: names.column(change, one.name) });
  switch (change.kind) {
    case 'change_type': {
      const { standIn } = change;
      const own = { ...change, ...place, column: column(change.column), live: column(change.live) };
      if (standIn === undefined) return own;
      return { ...own, standIn: standInInOldNames(change, standIn, names) };
    }
    case 'drop_unfinished': {
      const { unfinished } = change;
      return { ...change, ...place, unfinished: { ...unfinished, keys: keysInOldNames(unfinished.keys, names) } };
    }
    case 'change_default':
    case 'add_generator':
      return { ...change, ...place, column: column(change.column), live: column(change.live) };
    case 'drop_not_null':
    case 'set_not_null':
      return { ...change, ...place, column: names.column(change, change.column) };
    case 'change_comment':
      if (change.column === undefined) return { ...change, ...place };
      return { ...change, ...place, column: names.column(change, change.column) };
    case 'add_check':
    case 'validate_check':
      return { ...change, ...place, check: { ...change.check, column: column(change.check.column) } };
    case 'create_index': {
      const { index } = change;
      // Predicates are text of the file's, in new names.
      if (index.where !== undefined && names.mayBeIn(change, index.where)) return undefined;
      const columns = index.columns.map((name) => names.column(change, name));
      return { ...change, ...place, index: { ...index, columns } satisfies NamedIndex };
    }
    case 'add_foreign_key':
    case 'replace_foreign_key':
    case 'validate_foreign_key':
      return { ...change, ...place, key: keyInOldNames(change, change.key, names) };
    default:
      return { ...change, ...place };
  }
}

function standInInOldNames(place: Place, standIn: StandIn, names: OldNames): StandIn {
  const { indexes, keys, uselessKeys } = standIn;
  return {
    ...standIn,
    indexes: indexes.map((one) => ({ ...one, columns: one.columns.map((name) => names.column(place, name)) })),
    keys: keysInOldNames(keys, names),
    uselessKeys: keysInOldNames(uselessKeys, names),
  };
}

function keysInOldNames(keys: readonly PlacedForeignKey[], names: OldNames): PlacedForeignKey[] {
  return keys.map((key) => renamePlacedKey(key, names));
}

function keyInOldNames(place: Place, key: NamedForeignKey, names: OldNames): NamedForeignKey {
  const { target, reference } = key;
  return {
    ...key,
    column: names.column(place, key.column),
    target: { ...target, table: names.table(target.schema, target.table) },
    reference: { ...reference, column: names.column(target, reference.column) },
  };
}

/** Whether a change makes something by a name that is free only after the renames, or builds on what does. */
function reusing(changes: readonly Change[]): (change: Change) => boolean {
  const renamedTables = new Set<string>();
  const renamedColumns = new Set<string>();
  for (const { kind, schema, table, ...change } of changes) {
    if (kind === 'rename_table' && 'from' in change) renamedTables.add(tableKey(schema, change.from));
    if (kind === 'rename_column' && 'from' in change) renamedColumns.add(`${tableKey(schema, table)}\0${change.from}`);
  }
  const isTable = ({ schema, table }: Place) => renamedTables.has(tableKey(schema, table));
  const isColumn = ({ schema, table }: Place, column: string) =>
    renamedColumns.has(`${tableKey(schema, table)}\0${column}`);
  return (change) => {
    // What a table is called now that had this name before is another one; only declared tables are looked at.
    if (isTable(change)) return true;
    if (change.kind === 'add_column') return isColumn(change, change.column.name);
    if (change.kind === 'change_comment') return change.column !== undefined && isColumn(change, change.column);
    if (change.kind === 'add_check') return isColumn(change, change.check.column.name);
    if (change.kind === 'create_index') return change.index.columns.some((column) => isColumn(change, column));
    if (change.kind !== 'add_foreign_key') return false;
    const { column, target, reference } = change.key;
    return isColumn(change, column) || isTable(target) || isColumn(target, reference.column);
  };
}
