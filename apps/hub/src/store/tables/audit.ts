import type { Json } from '@santokit/contract';
import { bigint, index, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

/**
 * Append-only: a trigger refuses update and truncate, and delete of what no removal covers. `hash` covers the entry and `previousHash`, `seq` has no gaps,
 * so that a changed, added or missing entry shows. Names, not references: an entry outlives what it tells of.
 */
export const auditLog = pgTable(
  'audit_log',
  {
    seq: bigint({ mode: 'number' }).primaryKey(),
    id: text().notNull().unique(),
    ts: timestamp({ withTimezone: true, precision: 3 }).notNull(),
    actorId: text(),
    actorType: text({ enum: ['operator', 'system', 'bridge'] }).notNull(),
    action: text().notNull(),
    project: text(),
    env: text(),
    detail: jsonb().$type<{ readonly [key: string]: Json }>().notNull(),
    ip: text(),
    requestId: text(),
    traceId: text(),
    previousHash: text().notNull(),
    hash: text().notNull(),
  },
  (t) => [index().on(t.ts), index().on(t.project, t.env)],
);

/**
 * What the log's hash was at the end of a day (`day`), and up to where its entries were removed because of their age
 * (`removal`), signed by the Hub's key. Append-only, as the log; `ts` says when it was made.
 */
export const auditCheckpoints = pgTable(
  'audit_checkpoints',
  {
    seq: bigint({ mode: 'number' }).notNull(),
    kind: text({ enum: ['day', 'removal'] }).notNull(),
    hash: text().notNull(),
    ts: timestamp({ withTimezone: true, precision: 3 }).notNull(),
    keyId: text().notNull(),
    signature: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.seq] })],
);
