import type { DriftEntry, Schema } from '@santokit/contract';
import { findDrift, introspect } from '@santokit/engine';
import { withConnection } from '../connections/open-connection.ts';
import { declaredConnections, type SchemaPlace } from './plan-connections.ts';

/** Every difference between the declared tables and the live ones, over all connections or on the one called `only`. */
export async function findSchemaDrift(place: SchemaPlace, schema: Schema, only?: string): Promise<DriftEntry[]> {
  const entries: DriftEntry[] = [];
  for (const { connection, declared } of await declaredConnections(place, schema)) {
    if (declared.length === 0 || (only !== undefined && connection.name !== only)) continue;
    const live = await withConnection({ ...place, connection }, (database) => introspect(database.sql));
    entries.push(...findDrift({ declared, live, connection: connection.name }));
  }
  return entries;
}
