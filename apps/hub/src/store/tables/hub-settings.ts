import { pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/** What the Hub itself remembers between starts, such as the hash of its setup token. */
export const hubSettings = pgTable('hub_settings', {
  name: text().primaryKey(),
  value: text().notNull(),
  updatedAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
});
