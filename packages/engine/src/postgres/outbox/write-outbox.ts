import type { Database, Queryable } from '../../database.ts';
import type { OutboxEntry } from '../../outbox/outbox.ts';
import { CHANNEL, OUTBOX } from './outbox-tables.ts';

const COLUMNS = ['scope text', 'kind text', 'topic text', 'payload jsonb', 'depth integer'];
const WRITE = writeOf(COLUMNS);
const WRITE_TRACED = writeOf([...COLUMNS, 'traceparent text']);

export async function writeOutbox(on: Queryable, entries: readonly OutboxEntry[]): Promise<readonly string[]> {
  const isTraced = entries.some(({ traceparent }) => traceparent !== undefined);
  const { rows } = await on.query(isTraced ? WRITE_TRACED : WRITE, [JSON.stringify(entries)]);
  return rows.map(([id]) => id ?? '');
}

function writeOf(columns: readonly string[]): string {
  const names = columns.map((column) => column.split(' ')[0]).join(', ');
  return `
  insert into ${OUTBOX} (${names})
  select ${names} from jsonb_to_recordset($1::jsonb) as e (${columns.join(', ')})
  returning id`;
}

/** On a connection of its own, which is made anew when it is lost. */
export async function listenToOutbox(database: Database, onEntry: () => void): Promise<() => Promise<void>> {
  const { unlisten } = await database.sql.listen(CHANNEL, onEntry, onEntry);
  return unlisten;
}
