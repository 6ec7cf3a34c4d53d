import type {
  Column,
  CompiledEvents,
  CompiledRelease,
  CompiledTopic,
  CompiledTrigger,
  EventField,
  Schema,
} from '@santokit/contract';
import { TRIGGER_OPERATIONS } from '@santokit/contract';
import { BLOG_SCHEMA } from './blog.ts';

/** The blog where every write causes an event that has all columns, and where objects are deleted with rows. */
export const CAUSING_SCHEMA: Schema = Object.fromEntries(
  Object.entries(BLOG_SCHEMA).map(([name, table]) => [name, { ...table, columns: withFile(table.columns) }]),
);

/** The first text that may be null names an object. */
function withFile(columns: Readonly<Record<string, Column>>): Readonly<Record<string, Column>> {
  const named = Object.values(columns).find(({ type, nullable }) => type === 'string' && nullable);
  if (named === undefined) return columns;
  return { ...columns, [named.name]: { ...named, file: { bucket: 'main', onDelete: 'cascade' } } };
}

/** What goes with the schema. */
export function blogCauses(): Pick<CompiledRelease, 'events' | 'storage'> {
  const tables = Object.values(BLOG_SCHEMA).filter(({ view }) => view !== true);
  const topics = tables.map(({ name, columns }): [string, CompiledTopic] => [
    name,
    {
      schema: Object.fromEntries(Object.values(columns).map((column) => [`its_${column.name}`, fieldOf(column)])),
      retentionSeconds: 60,
    },
  ]);
  const triggers = tables.flatMap(({ name: table, columns }) =>
    TRIGGER_OPERATIONS.map((on): CompiledTrigger => ({ on, table, topic: table, mapping: mappingOf(columns) })),
  );
  const events: CompiledEvents = { topics: Object.fromEntries(topics), subscriptions: {}, triggers };
  return {
    events,
    storage: { buckets: { main: { provider: 's3', bucket: 'b', region: 'r', forcePathStyle: true } }, policies: {} },
  };
}

function mappingOf(columns: Readonly<Record<string, Column>>): Record<string, string> {
  return Object.fromEntries(Object.keys(columns).map((name) => [`its_${name}`, name]));
}

/** Asks for all that a field of the type can ask for. */
function fieldOf({ type, nullable, items }: Column): EventField {
  const field = { type, nullable, ...(items === undefined ? {} : { items }) };
  switch (type) {
    case 'string':
    case 'file':
      return { ...field, minLength: 1, maxLength: 90, enum: ['a', 'b'] };
    case 'decimal':
      return { ...field, precision: 9, scale: 2, min: '1', max: '8', enum: [2] };
    case 'int':
    case 'bigint':
    case 'float':
      return { ...field, min: '1', max: '8', enum: [2] };
    case 'timestamp':
      return { ...field, min: '2026-01-01T00:00:00Z' };
    case 'date':
      return { ...field, max: '2026-01-01' };
    case 'bytes':
    case 'array':
      return { ...field, minLength: 1, maxLength: 90 };
    case 'boolean':
    case 'uuid':
    case 'json':
      return field;
  }
}
