import type { Database, Queryable } from '../../database.ts';
import type { OutboxEntry } from '../../outbox/outbox.ts';
import { CHANNEL, OUTBOX } from './outbox-tables.ts';

const WRITE = `
  insert into ${OUTBOX} (scope, kind, topic, payload, depth)
  select scope, kind, topic, payload, depth
    from jsonb_to_recordset($1::jsonb) as e (scope text, kind text, topic text, payload jsonb, depth integer)
  returning id`;

export async function writeOutbox(on: Queryable, entries: readonly OutboxEntry[]): Promise<readonly string[]> {
  const { rows } = await on.query(WRITE, [JSON.stringify(entries)]);
  return rows.map(([id]) => id ?? '');
}

/** On a connection of its own, which is made anew when it is lost. */
export async function listenToOutbox(database: Database, onEntry: () => void): Promise<() => Promise<void>> {
  const { unlisten } = await database.sql.listen(CHANNEL, onEntry, onEntry);
  return unlisten;
}
