import type { BridgeReport, LogLine } from '@santokit/contract';
import { bigint, index, jsonb, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { envs } from './projects.ts';

/** Each Bridge instance that was heard of lately, with its last report; `reportedAt` is null before the first. */
export const bridgeReports = pgTable(
  'bridge_reports',
  {
    instanceId: text().primaryKey(),
    version: text().notNull(),
    targets: jsonb().$type<BridgeReport['targets']>().notNull().default([]),
    reportedAt: timestamp({ withTimezone: true, precision: 3 }),
    seenAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [index().on(t.seenAt)],
);

/** What Bridges reported of their logs while somebody looked at them; kept for an hour. */
export const bridgeLogLines = pgTable(
  'bridge_log_lines',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    envId: text()
      .notNull()
      .references(() => envs.id, { onDelete: 'cascade' }),
    instanceId: text().notNull(),
    /** The line's number in the Bridge's log. */
    seq: bigint({ mode: 'number' }).notNull(),
    ts: timestamp({ withTimezone: true, precision: 3 }).notNull(),
    line: jsonb().$type<LogLine>().notNull(),
    reportedAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
  },
  (t) => [uniqueIndex().on(t.envId, t.instanceId, t.seq), index().on(t.envId, t.ts), index().on(t.reportedAt)],
);
