import { integer, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { envs } from './projects.ts';

/** What requests to the stores of an env's buckets are signed with. */
export const storageCredentials = pgTable(
  'storage_credentials',
  {
    id: text().primaryKey(),
    envId: text()
      .notNull()
      .references(() => envs.id, { onDelete: 'cascade' }),
    /** As the project calls it. */
    bucket: text().notNull(),
    accessKeyId: text().notNull(),
    sealedSecret: text().notNull(),
    version: integer().notNull().default(1),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    updatedAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [uniqueIndex().on(t.envId, t.bucket)],
);
