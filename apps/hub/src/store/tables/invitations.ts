import { ORG_ROLES, PROJECT_ROLES } from '@santokit/contract';
import { index, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { operators, orgs } from './operators.ts';
import { projects } from './projects.ts';

/** Invitations that may still be accepted, by the hash of their token: accepting or revoking one deletes it. */
export const invitations = pgTable(
  'invitations',
  {
    id: text().primaryKey(),
    orgId: text()
      .notNull()
      .references(() => orgs.id, { onDelete: 'cascade' }),
    email: text().notNull(),
    role: text({ enum: ORG_ROLES }).notNull(),
    projectId: text().references(() => projects.id, { onDelete: 'cascade' }),
    projectRole: text({ enum: PROJECT_ROLES }),
    tokenHash: text().notNull().unique(),
    createdBy: text()
      .notNull()
      .references(() => operators.id, { onDelete: 'cascade' }),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    expiresAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
  },
  (t) => [index().on(t.orgId, t.email), index().on(t.projectId), index().on(t.createdBy), index().on(t.expiresAt)],
);
