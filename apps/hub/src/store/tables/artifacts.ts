import { pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/** What releases name by its hash: the bundles of functions, and what they run on. Each is kept once, whoever names it. */
export const artifacts = pgTable('artifacts', {
  /** SHA-256 of the content, hexadecimal. */
  hash: text().primaryKey(),
  content: text().notNull(),
  /** Tells where in the project's files its lines come from; it holds those files. */
  sourceMap: text(),
  createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
});
