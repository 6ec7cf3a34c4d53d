import type { CompiledEvents, CompiledRelease, CompiledSubscription } from '@santokit/contract';
import type { CascadeContext, FileColumn } from '@santokit/engine';

/** What of a release becomes of objects whose rows are deleted. */
export interface ServedCascades {
  readonly context: CascadeContext;
  /** How deletions are handed out: for each bucket a topic with one subscription, both called `storage/<bucket>`. */
  readonly routes: CompiledEvents;
}

/** Some half an hour in all; while the store answers nothing the breaker lets hardly any try. */
const RETRY: CompiledSubscription['retry'] = { maxRetries: 10, minBackoffMs: 1_000, maxBackoffMs: 600_000 };

/** Undefined where no object is deleted with a row. */
export function cascadesOf({ schema, storage }: CompiledRelease, project: string): ServedCascades | undefined {
  const files = Object.values(schema).flatMap(({ columns }) =>
    Object.values(columns).flatMap(({ file }) => file ?? []),
  );
  if (storage === undefined || !files.some(({ onDelete }) => onDelete === 'cascade')) return undefined;
  const names = Object.keys(storage.buckets).map((bucket) => `storage/${bucket}`);
  return {
    context: { project },
    routes: {
      topics: Object.fromEntries(names.map((name) => [name, { schema: {}, retentionSeconds: 0 }])),
      subscriptions: Object.fromEntries(
        names.map((name) => [name, { topic: name, handler: '', retry: RETRY, deadLetter: true }]),
      ),
      triggers: [],
    },
  };
}

/** A file column and the connection that its table is on. */
export interface PlacedFileColumn extends FileColumn {
  readonly connection: string;
}

/** The columns that hold keys of a bucket. */
export function fileColumnsOf({ schema }: CompiledRelease, bucket: string): readonly PlacedFileColumn[] {
  return Object.values(schema).flatMap((table) =>
    Object.values(table.columns)
      .filter(({ file }) => file?.bucket === bucket)
      .map(({ name }) => ({ table, column: name, connection: table.connection })),
  );
}
