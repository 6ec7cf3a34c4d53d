import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningHub } from './support/running-hub.ts';

let hub: RunningHub;
beforeAll(async () => {
  hub = await RunningHub.withShop();
});
afterAll(() => hub.stop());

/** What the examples speak of and do not show. */
const TABLES = `version: 1
tables:
  items: { columns: { stock: { type: int }, shipped: { type: int, default: 0 } } }
  orders:
    id: { generate: auto_increment }
    columns:
      user_id: { type: string, nullable: true }
      item_id: { type: string, nullable: true }
      quantity: { type: int, nullable: true }
      total: { type: decimal, precision: 8, scale: 2, default: "0" }
  sessions: { columns: { expires_at: { type: timestamp } } }
  handled: { id: { name: event_id, generate: client }, columns: {} }
`;
const ITEM_TAKEN = 'name: item_taken\nschema: { itemId: { type: string }, quantity: { type: int } }\n';

/** The code blocks of a document, without the indentation of a list that they stand in. */
async function blocksOf(document: string, language: string): Promise<string[]> {
  const text = await readFile(new URL(`../../../docs/${document}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^( *)```(\w+)\n(.*?)^ *```/gms)]
    .filter(([, , name]) => name === language)
    .map(([, indent = '', , body = '']) => body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

async function blockWith(document: string, language: string, text: string): Promise<string> {
  const found = (await blocksOf(document, language)).find((block) => block.includes(text));
  if (found === undefined) throw new Error(`${document} shows no ${language} with ${text}`);
  return found;
}

it('what the pages on logic, events, cron and storage show is a project that applies', async () => {
  const files: Record<string, string> = {
    'schema/tables.yaml': TABLES,
    'schema/users.yaml': `version: 1\n${await blockWith('storage.md', 'yaml', 'onDelete: cascade')}`.replace(
      /( +)columns:\n/,
      '$1columns:\n$1  name: { type: string }\n$1  email: { type: string }\n',
    ),
    'logics/users/purchase.sql': await blockWith('logic.md', 'sql', 'UPDATE items'),
    'logics/users.ts': await blockWith('logic.md', 'ts', 'byEmail'),
    'logics/place.sql': await blockWith('events.md', 'sql', 'INSERT INTO orders'),
    'logics/on_order_placed.sql': await blockWith('events.md', 'sql', ':event.id'),
    'logics/cleanup.sql': await blockWith('cron.md', 'sql', 'DELETE FROM sessions'),
    'cron/cleanup.yaml': await blockWith('cron.md', 'yaml', 'name: cleanup'),
    'config/storage.yaml': await blockWith('storage.md', 'yaml', 'buckets:'),
    'config/permissions.yaml': `version: 1\n${await blockWith('logic.md', 'yaml', 'reports/*')}${await blockWith('events.md', 'yaml', 'publish: [{')}`,
    'events/topics/item_taken.yaml': ITEM_TAKEN,
  };
  for (const block of await blocksOf('events.md', 'yaml')) {
    const path = /^# (events\/\S+)/.exec(block)?.[1];
    if (path !== undefined) files[path] = block;
  }
  const { status, json } = await hub.apply(files);
  expect(json.error?.details?.problems ?? []).toEqual([]);
  expect(status).toBe(200);
  const { logics, crons, events, storage } = JSON.parse(
    (await hub.internal(`/releases/${json.data.releaseId}`)).json.data.content,
  );
  expect(Object.keys(logics)).toContain('users/byEmail');
  expect([Object.keys(crons), Object.keys(events.subscriptions), Object.keys(storage.buckets)]).toEqual([
    ['cleanup'],
    ['ship'],
    ['main'],
  ]);
});
