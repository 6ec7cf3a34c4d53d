import type { Schema, Table } from '@santokit/contract';
import { DEFAULT_SCHEMA } from './identifier.ts';
import type { LiveSchema, LiveTable } from './live-schema.ts';
import type { NameRegister } from './name-register.ts';

/** What the parts of a comparison need to know beyond their table. */
export interface DiffContext {
  /** By their declared names, which references say; the tables themselves have the names of the database. */
  readonly declared: Schema;
  readonly declaredKeys: ReadonlySet<string>;
  readonly live: LiveSchema;
  readonly names: NameRegister;
  readonly dropped: readonly LiveTable[];
}

/** Identifies a table of a database; neither name can hold NUL. */
export function tableKey(schema: string, name: string): string {
  return `${schema}\0${name}`;
}

export function schemaOf(table: Pick<Table, 'schema'>): string {
  return table.schema ?? DEFAULT_SCHEMA;
}
