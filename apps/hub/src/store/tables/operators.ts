import { ORG_ROLES } from '@santokit/contract';
import { index, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

/** Who operates. `email` is lower-case: one person, one account, however they type it. */
export const operators = pgTable('operators', {
  id: text().primaryKey(),
  email: text().notNull().unique(),
  name: text(),
  passwordHash: text().notNull(),
  createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
});

/** Sessions by the hash of their token: who reads this table can use none of them. */
export const operatorSessions = pgTable(
  'operator_sessions',
  {
    tokenHash: text().primaryKey(),
    operatorId: text()
      .notNull()
      .references(() => operators.id, { onDelete: 'cascade' }),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    expiresAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
  },
  (t) => [index().on(t.operatorId), index().on(t.expiresAt)],
);

/** Failed logins per address hash, counted for unknown accounts too, so that a lock tells nothing. */
export const operatorLoginFailures = pgTable(
  'operator_login_failures',
  {
    emailHash: text().primaryKey(),
    failures: integer().notNull(),
    windowStartedAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
    lockedUntil: timestamp({ withTimezone: true, precision: 3 }),
  },
  (t) => [index().on(t.windowStartedAt)],
);

export const orgs = pgTable('orgs', {
  id: text().primaryKey(),
  name: text().notNull().unique(),
  createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
});

export const orgMembers = pgTable(
  'org_members',
  {
    orgId: text()
      .notNull()
      .references(() => orgs.id, { onDelete: 'cascade' }),
    operatorId: text()
      .notNull()
      .references(() => operators.id, { onDelete: 'cascade' }),
    role: text({ enum: ORG_ROLES }).notNull(),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.operatorId] }), index().on(t.operatorId)],
);
