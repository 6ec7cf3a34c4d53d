import type { CompiledTopic, CompiledTrigger, Table, TriggerOperation } from '@santokit/contract';
import type { RowEvent, Statement } from './statement.ts';

/** Whose triggers those of a statement are looked up in. */
export interface TriggerContext {
  /** Half of the scope of its events; the env is the other. */
  readonly project: string;
  /** By table. */
  readonly triggers: ReadonlyMap<string, readonly CompiledTrigger[]>;
  /** What payloads are held to, by topic. */
  readonly topics: Readonly<Record<string, Pick<CompiledTopic, 'schema'>>>;
  /** Whether events name the trace that they are part of; absent: no. */
  readonly keepsTrace?: boolean;
}

/** The statement with the events that its rows cause; itself where there are none. */
export function withRowEvents<S extends Statement>(statement: S, context: TriggerContext | undefined): S {
  if (context === undefined) return statement;
  const operations = operationsOf(statement);
  const table = tableOf(statement);
  const triggers = (context.triggers.get(table?.name ?? '') ?? []).filter(({ on }) => operations.includes(on));
  if (table === undefined || triggers.length === 0) return statement;
  const events = triggers.map((trigger) =>
    rowEvent(trigger, { table, written: writtenBy(statement, trigger.on), context }),
  );
  return { ...statement, events };
}

function operationsOf(statement: Statement): readonly TriggerOperation[] {
  switch (statement.kind) {
    case 'insert':
      // What an upsert did is known of each row when it is written.
      return statement.conflict === undefined ? ['insert'] : ['insert', 'update'];
    case 'update':
    case 'delete':
      return [statement.kind];
    case 'select':
    case 'count':
    case 'aggregate':
      return [];
  }
}

function tableOf(statement: Statement): Table | undefined {
  return 'table' in statement ? statement.table : undefined;
}

/** The columns whose values the caller knows, because they are the caller's own; not those that a rule sets. */
function writtenBy(statement: Statement, on: TriggerOperation): ReadonlySet<string> {
  if (!('cells' in statement)) return new Set();
  // Of a row that was there already, no more is written than what the upsert updates.
  const updated = statement.kind === 'insert' && on === 'update' ? statement.conflict?.update : undefined;
  const sent = statement.cells.filter(({ kind }) => kind === 'sent' || kind === 'change');
  return new Set((updated ?? sent.map(({ column }) => column)).map(({ name }) => name));
}

interface EventSource {
  readonly table: Table;
  /** Columns whose values come from the caller. */
  readonly written: ReadonlySet<string>;
  readonly context: TriggerContext;
}

function rowEvent({ on, topic, mapping }: CompiledTrigger, { table, written, context }: EventSource): RowEvent {
  const { project, topics, keepsTrace = false } = context;
  const schema = topics[topic]?.schema ?? {};
  const fields = Object.entries(mapping).map(([name, columnName]): RowEvent['fields'][number] => {
    const column = table.columns[columnName];
    if (column === undefined) throw new Error(`A trigger names ${columnName}, which ${table.name} does not have`);
    return { name, column, spec: schema[name], isTold: written.has(columnName) };
  });
  return { on, topic, project, fields, keepsTrace };
}
