import type { BridgeReport } from '@santokit/contract';
import { index, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/** The last report of each Bridge instance. */
export const bridgeReports = pgTable(
  'bridge_reports',
  {
    instanceId: text().primaryKey(),
    version: text().notNull(),
    targets: jsonb().$type<BridgeReport['targets']>().notNull(),
    reportedAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
  },
  (t) => [index().on(t.reportedAt)],
);
