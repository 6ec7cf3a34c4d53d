import type { Table } from '@santokit/contract';
import { storedName } from '../stored-name.ts';
import { applyRenames } from './apply-renames.ts';
import type { Change } from './change.ts';
import { diffChecks, newChecks } from './diff-checks.ts';
import { diffCollations } from './diff-collations.ts';
import { diffColumns } from './diff-columns.ts';
import { diffComments } from './diff-comments.ts';
import { type DiffContext, schemaOf, tableKey } from './diff-context.ts';
import { diffForeignKeys } from './diff-foreign-keys.ts';
import { diffIndexes, newIndexes } from './diff-indexes.ts';
import { dropUnfinished, takeUpUnfinished } from './diff-unfinished.ts';
import { diffView } from './diff-view.ts';
import type { LiveSchema, LiveTable } from './live-schema.ts';
import { NameRegister } from './name-register.ts';
import { typeChange } from './type-change.ts';

export interface DiffInput {
  /** The declared tables of one connection. */
  readonly declared: readonly Table[];
  readonly live: LiveSchema;
  /** What an earlier release declared: its tables are dropped when they are declared no more. Others are nobody's business. */
  readonly previous?: readonly Table[] | undefined;
}

/** Every difference between the declared tables and the live ones, in the order in which they can be made good. */
export function diffSchema(input: DiffInput): Change[] {
  const stored = input.declared.map(asStored);
  const [views, declared] = [stored.filter((table) => table.view), stored.filter((table) => !table.view)];
  const { live, renames } = applyRenames(declared, input.live);
  const tables = new Map(live.tables.map((table) => [tableKey(table.schema, table.name), table]));
  const context: DiffContext = {
    declared: Object.fromEntries(input.declared.map((table) => [table.name, asStored(table)])),
    declaredKeys: new Set(declared.map(keyOf)),
    live,
    names: new NameRegister(live),
    dropped: droppedTables(stored, (input.previous ?? []).map(asStored), tables),
  };
  const perTable = declared.map((table) => diffTable(table, tables.get(keyOf(table)), context));
  const perView = views.map((view) => {
    const found = tables.get(keyOf(view));
    return [...diffView(view, found), ...diffCollations(view, found, context)];
  });
  const others = [...newSchemas(declared, live), ...renames, ...dropTables(context), ...perView.flat()];
  const all = [...others, ...perTable.flat()];
  const own = declared.flatMap((table, index) => {
    const [found, changes = []] = [tables.get(keyOf(table)), perTable[index]];
    return found === undefined ? changes : takeUpUnfinished(table, found, context, { changes, all });
  });
  return inOrder([...others.filter(isOfOthers(own)), ...own]);
}

/** What the columns of a view become by a change that makes it anew is known when it is there. */
function isOfOthers(changes: readonly Change[]): (change: Change) => boolean {
  const remade = new Set(
    changes.flatMap((change) =>
      change.kind === 'change_type' && typeChange(change.column, change.live).kind === 'widen'
        ? (change.live.views ?? []).map(({ schema, name }) => tableKey(schema, name))
        : [],
    ),
  );
  return (change) =>
    change.kind !== 'change_view_column' ||
    change.expected === null ||
    change.actual === null ||
    !remade.has(tableKey(change.schema, change.table));
}

/** From here on a table goes by the name that it has in the database; references still say the declared one. */
function asStored(table: Table): Table {
  return { ...table, name: storedName(table) };
}

function keyOf(table: Table): string {
  return tableKey(schemaOf(table), table.name);
}

function diffTable(table: Table, live: LiveTable | undefined, context: DiffContext): Change[] {
  const place = { schema: schemaOf(table), table: table.name };
  if (live === undefined) {
    const [indexes, checks] = [newIndexes(table, context), newChecks(table, context)];
    const create: Change = { ...place, kind: 'create_table', declaration: table, indexes, checks };
    return [create, ...diffForeignKeys(table, undefined, context)];
  }
  if (live.kind !== 'table' && live.kind !== 'partitioned_table') {
    return [{ ...place, kind: 'not_a_table', actual: live.kind.replaceAll('_', ' ') }];
  }
  const changes = diffColumns(table, live, context);
  const actual = live.primaryKey?.columns ?? [];
  if (!isSameList(table.key.columns, actual)) {
    changes.unshift({ ...place, kind: 'change_key', expected: table.key.columns, actual });
  }
  // The order decides about names: a foreign key that goes gives its name free for one that comes.
  return [
    ...changes,
    ...diffCollations(table, live, context),
    ...diffForeignKeys(table, live, context),
    ...diffIndexes(table, live, context),
    ...diffChecks(table, live, context, changes),
    ...diffComments(table, live),
  ];
}

/** Keys of several columns are the same in any order but that of their index, which matters to nobody's data. */
function isSameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name));
}

function droppedTables(
  declared: readonly Table[],
  previous: readonly Table[],
  tables: ReadonlyMap<string, LiveTable>,
): LiveTable[] {
  const kept = new Set(
    declared.flatMap((table) => [keyOf(table), tableKey(schemaOf(table), table.renamedFrom ?? table.name)]),
  );
  // What is a table today was not ours when it was declared a view.
  const gone = previous.filter((table) => !table.view && !kept.has(keyOf(table)));
  return gone.flatMap((table) => tables.get(keyOf(table)) ?? []).filter((table) => table.kind === 'table');
}

function dropTables(context: DiffContext): Change[] {
  const dropped = new Set(context.dropped.map((table) => tableKey(table.schema, table.name)));
  const inbound = context.live.tables.flatMap((table) =>
    table.foreignKeys
      .filter((key) => dropped.has(tableKey(key.target.schema, key.target.table)))
      .map((key): Change => ({ schema: table.schema, table: table.name, kind: 'drop_foreign_key', live: key })),
  );
  const tables = context.dropped.flatMap(({ schema, name, unfinished, readBy = [] }): Change[] => {
    const place = { schema, table: name };
    return [...unfinished.map((one) => dropUnfinished(place, one)), { ...place, kind: 'drop_table', readBy }];
  });
  return [...inbound, ...tables];
}

function newSchemas(declared: readonly Table[], live: LiveSchema): Change[] {
  const missing = declared.filter((table) => !live.schemas.includes(schemaOf(table)));
  return [...Map.groupBy(missing, schemaOf)].map(
    ([schema, tables]): Change => ({ schema, table: tables[0]?.name ?? '', kind: 'create_schema' }),
  );
}

const ORDER: readonly (readonly Change['kind'][])[] = [
  ['create_schema'],
  ['rename_table'],
  ['rename_column'],
  [
    'not_a_table',
    'missing_view',
    'not_a_view',
    'change_view_column',
    'change_key',
    'change_generated',
    'two_collations',
  ],
  ['drop_unfinished'],
  ['drop_foreign_key', 'drop_check'],
  ['drop_index'],
  ['drop_table'],
  ['create_table'],
  ['drop_column', 'drop_leftover_check', 'drop_not_null'],
  ['add_column', 'change_type', 'change_default', 'add_generator', 'set_not_null'],
  ['create_index'],
  ['add_foreign_key', 'replace_foreign_key', 'validate_foreign_key'],
  ['add_check', 'validate_check'],
  ['change_comment'],
];

function inOrder(changes: readonly Change[]): Change[] {
  const rank = new Map(ORDER.flatMap((kinds, index) => kinds.map((kind) => [kind, index])));
  return changes.toSorted((a, b) => (rank.get(a.kind) ?? 0) - (rank.get(b.kind) ?? 0));
}
