import type { BridgeReport } from '@santokit/contract';
import { index, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

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
