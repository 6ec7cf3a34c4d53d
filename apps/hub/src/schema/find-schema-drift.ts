import type { DriftEntry, Schema } from '@santokit/contract';
import { findDrift, introspect, type SchemaStep } from '@santokit/engine';
import { withConnection } from '../connections/open-connection.ts';
import { declaredConnections, type SchemaPlace } from './plan-connections.ts';

interface DriftScope {
  /** The one connection to look at; default: all of them. */
  readonly only?: string | undefined;
  /** Steps that are still to be taken, by connection: what they will change is no drift. */
  readonly pending?: ReadonlyMap<string, readonly SchemaStep[]>;
}

/** Every difference between the declared tables and the live ones, over all connections. */
export async function findSchemaDrift(
  place: SchemaPlace,
  schema: Schema,
  { only, pending }: DriftScope = {},
): Promise<DriftEntry[]> {
  const entries: DriftEntry[] = [];
  for (const { connection, declared } of await declaredConnections(place, schema)) {
    if (declared.length === 0 || (only !== undefined && connection.name !== only)) continue;
    const live = await withConnection({ ...place, connection }, (database) => introspect(database.sql));
    const { name } = connection;
    entries.push(...findDrift({ declared, live, connection: name, pending: pending?.get(name) ?? [] }));
  }
  return entries;
}
