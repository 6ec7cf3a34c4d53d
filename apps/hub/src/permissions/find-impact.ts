import { type ImpactEntry, type Principal, type RequestContext, StkError, type Table } from '@santokit/contract';
import { type Database, DatabaseError, engineNamed, type ReachCount } from '@santokit/engine';
import { type AccessChange, columnsIn, compareAccess, inOldNames, type Rules } from '@santokit/policy';
import { type Connection, findConnections } from '../connections/find-connections.ts';
import { withConnection } from '../connections/open-connection.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import { currentRelease } from '../schema/released-schema.ts';

export interface ImpactOptions {
  /** Absent: every role. */
  readonly caller?: Principal;
  /** For all of the counting; what is not counted by then is not. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A table is read for at most so long, so that one that is large leaves time for the others. */
const MOST_TABLE_MS = 10_000;
/** Counts in one statement. */
const MOST_COMPARISONS = 100;

const NOTHING_RELEASED: Rules = { schema: {}, permissions: { tables: {} } };

/**
 * What the rules would open and close that differ from those of the current release, counted in the live databases: reading only,
 * each table once and by itself.
 * @throws StkError `SERVICE_UNAVAILABLE` when a database cannot be reached
 */
export async function findImpact(place: SchemaPlace, after: Rules, options: ImpactOptions): Promise<ImpactEntry[]> {
  const before = place.env.currentReleaseId === null ? NOTHING_RELEASED : await currentRelease(place);
  const { rules, newTable, newColumn } = inOldNames(before.schema, after);
  const changes = compareAccess(before, rules, options.caller);
  const counted = await countAll(place, { before, after: rules, changes }, options);
  return changes.map((change) => {
    const { table, columns } = change;
    const inNewNames = (names: readonly string[]) => names.map((name) => newColumn(table, name));
    const renamed = { opened: inNewNames(columns.opened), closed: inNewNames(columns.closed) };
    return entryOf({ ...change, table: newTable(table), columns: renamed }, counted.get(change));
  });
}

type Counted = ReachCount | { readonly uncounted: string };

interface Comparison {
  readonly before: Rules;
  readonly after: Rules;
  readonly changes: readonly AccessChange[];
}

async function countAll(
  place: SchemaPlace,
  { before, after, changes }: Comparison,
  options: ImpactOptions,
): Promise<ReadonlyMap<AccessChange, Counted>> {
  const counted = new Map<AccessChange, Counted>();
  const deadlineMs = performance.now() + options.timeoutMs;
  const tables: TableToCount[] = [];
  for (const [name, ofTable] of Map.groupBy(changes, ({ table }) => table)) {
    const now = before.schema[name];
    const then = after.schema[name];
    const from = now ?? then;
    if (from === undefined) continue;
    const toCount: AccessChange[] = [];
    for (const change of ofTable) {
      const reason = whyNotCounted(change, from);
      if (reason !== undefined) counted.set(change, { uncounted: reason });
      else if (change.cases?.length !== 0) toCount.push(change);
    }
    if (toCount.length > 0)
      tables.push({ before: from, after: then ?? from, changes: toCount, isNew: now === undefined });
  }
  const connections = await findConnections(place.deps.store.db, place.env);
  for (const [name, ofConnection] of Map.groupBy(tables, (table) => table.before.connection)) {
    const connection = connections.find((each) => each.name === name);
    if (connection === undefined) setAll(counted, ofConnection, `the env has no connection "${name}"`);
    else await countOn({ place, connection, tables: ofConnection, deadlineMs, counted }, options);
  }
  return counted;
}

interface TableToCount {
  /** As it is in the database. */
  readonly before: Table;
  readonly after: Table;
  readonly changes: readonly AccessChange[];
  /** No release had it; it may be in the database all the same. */
  readonly isNew: boolean;
}

function whyNotCounted({ cases, operation }: AccessChange, table: Table): string | undefined {
  if (operation === 'insert') return undefined;
  if (cases === undefined) return 'it depends on too much that is not known of the caller: ask for one with --as';
  const names = cases.flatMap(({ after }) => (typeof after === 'boolean' ? [] : [...columnsIn(after)]));
  const isThere = names.every((name) => Object.hasOwn(table.columns, name));
  return isThere ? undefined : 'it speaks of a column that is not in the database yet';
}

interface CountOn {
  readonly place: SchemaPlace;
  readonly connection: Connection;
  readonly tables: readonly TableToCount[];
  readonly deadlineMs: number;
  readonly counted: Map<AccessChange, Counted>;
}

async function countOn({ place, connection, tables, deadlineMs, counted }: CountOn, options: ImpactOptions) {
  await withConnection({ ...place, connection }, async (database) => {
    for (const table of tables) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) setAll(counted, [table], 'time was up');
      else await countTable({ place, database, engine: connection.engine, table, leftMs, counted }, options);
    }
  });
}

interface CountTable extends Pick<CountOn, 'place' | 'counted'> {
  readonly database: Database;
  readonly engine: Connection['engine'];
  readonly table: TableToCount;
  readonly leftMs: number;
}

async function countTable({ place, database, engine, table, leftMs, counted }: CountTable, options: ImpactOptions) {
  const timeoutMs = Math.min(leftMs, MOST_TABLE_MS);
  const timeMs = place.deps.clock().getTime();
  for (let start = 0; start < table.changes.length; start += MOST_COMPARISONS) {
    const changes = table.changes.slice(start, start + MOST_COMPARISONS);
    const comparisons = changes.map(({ cases = [], principal }) => {
      const request: RequestContext = { auth: principal, params: {}, timeMs, env: place.env.name };
      return { cases, request };
    });
    const plan = engineNamed(engine).compileReach(comparisons, table);
    try {
      const result = await database.transaction(
        (tx) => tx.query(plan.text, plan.params, { prepare: false, timeoutMs }),
        {
          readOnly: true,
          timeoutMs,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        },
      );
      const counts = plan.counts(result);
      for (const [i, change] of changes.entries()) {
        const count = counts[i];
        if (count !== undefined) counted.set(change, count);
      }
    } catch (thrown) {
      const reason = whyFailed(thrown);
      if (options.signal?.aborted === true || reason === undefined) throw thrown;
      if (table.isNew && isMissingTable(thrown)) {
        for (const change of changes) counted.set(change, NO_ROWS);
        continue;
      }
      setAll(counted, [{ changes }], reason);
    }
  }
}

/** What keeps one table from being counted and says nothing of the others. */
function whyFailed(thrown: unknown): string | undefined {
  if (thrown instanceof StkError) return thrown.code === 'QUERY_TIMEOUT' ? 'it was not counted in time' : undefined;
  if (!(thrown instanceof DatabaseError)) return undefined;
  return REASONS[thrown.code] ?? `the database refused to count: ${thrown.message}`;
}

const NO_ROWS: ReachCount = { before: 0, after: 0, opened: 0, closed: 0 };

function isMissingTable(thrown: unknown): boolean {
  return thrown instanceof DatabaseError && (thrown.code === '42P01' || thrown.code === '3F000');
}

const REASONS: Readonly<Record<string, string>> = {
  '42P01': 'the table is not in the database yet',
  '3F000': 'the table is not in the database yet',
  '42703': 'it speaks of a column that is not in the database yet',
  '55000': 'it is a materialized view that was never filled',
  '42501': 'the user of the connection may not read the table',
};

function setAll(
  counted: Map<AccessChange, Counted>,
  tables: readonly Pick<TableToCount, 'changes'>[],
  uncounted: string,
): void {
  for (const { changes } of tables) for (const change of changes) counted.set(change, { uncounted });
}

function entryOf(change: AccessChange, counted: Counted | undefined): ImpactEntry {
  const { role, callers, table, operation, columns, dependsOnCaller, notes } = change;
  const isUncounted = counted !== undefined && 'uncounted' in counted;
  const rows = counted === undefined || isUncounted ? null : counted;
  const reason = isUncounted ? { uncounted: counted.uncounted } : {};
  return { role, callers, table, operation, rows, columns, dependsOnCaller, notes, ...reason };
}
