import type { Json } from '@santokit/contract';
import { bigint, index, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/**
 * Append-only: a trigger refuses update, delete and truncate. `hash` covers the entry and `previousHash`, `seq` has no gaps,
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
