import type { Table } from '@santokit/contract';
import { ENGINE_NAMES, PROJECT_ROLES } from '@santokit/contract';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { operators, orgs } from './operators.ts';

/** A project's name stands alone in URLs, so it is unique over all orgs. */
export const projects = pgTable(
  'projects',
  {
    id: text().primaryKey(),
    orgId: text()
      .notNull()
      .references(() => orgs.id),
    name: text().notNull().unique(),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [index().on(t.orgId)],
);

/** An explicit project role wins over what the org role implies, lower or higher. */
export const projectMembers = pgTable(
  'project_members',
  {
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    operatorId: text()
      .notNull()
      .references(() => operators.id, { onDelete: 'cascade' }),
    role: text({ enum: PROJECT_ROLES }).notNull(),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.projectId, t.operatorId] }), index().on(t.operatorId)],
);

/** The key that a project's secrets are sealed with, itself wrapped by the master key. */
export const projectDataKeys = pgTable('project_data_keys', {
  projectId: text()
    .primaryKey()
    .references(() => projects.id, { onDelete: 'cascade' }),
  wrappedKey: text().notNull(),
  createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
});

export const personalTokens = pgTable(
  'personal_tokens',
  {
    id: text().primaryKey(),
    operatorId: text()
      .notNull()
      .references(() => operators.id, { onDelete: 'cascade' }),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    role: text({ enum: PROJECT_ROLES }).notNull(),
    tokenHash: text().notNull().unique(),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    expiresAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
    revokedAt: timestamp({ withTimezone: true, precision: 3 }),
  },
  (t) => [index().on(t.operatorId), index().on(t.projectId)],
);

/**
 * An env and its pointer. `pointerVersion` grows with every move: the ETag of the current release, and what keeps two
 * moves from overwriting each other.
 */
export const envs = pgTable(
  'envs',
  {
    id: text().primaryKey(),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    protected: boolean().notNull().default(false),
    currentReleaseId: text(),
    pointerVersion: bigint({ mode: 'number' }).notNull().default(0),
    pointerMovedAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    /** Until then Bridges report what their logs say about the env. */
    logsWantedUntil: timestamp({ withTimezone: true, precision: 3 }),
    /** When the last access token has expired that an earlier release gave its life. */
    earlierTokensUntil: timestamp({ withTimezone: true, precision: 3 }),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [uniqueIndex().on(t.projectId, t.name)],
);

/** Databases that belong to users. `host`, `database` and the like are shown; the URL is sealed. */
export const connections = pgTable(
  'connections',
  {
    id: text().primaryKey(),
    envId: text()
      .notNull()
      .references(() => envs.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    engine: text({ enum: ENGINE_NAMES }).notNull(),
    sealedUrl: text().notNull(),
    host: text().notNull(),
    port: integer().notNull(),
    database: text().notNull(),
    user: text().notNull(),
    version: integer().notNull().default(1),
    /** While a rotation is under way: what Bridges that have not followed yet still use. */
    previousSealedUrl: text(),
    previousVersion: integer(),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    updatedAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [uniqueIndex().on(t.envId, t.name)],
);

/** The tables that the last apply declared: one that is declared no longer is a drop, one that never was is nobody's business. */
export const appliedSchemas = pgTable('applied_schemas', {
  connectionId: text()
    .primaryKey()
    .references(() => connections.id, { onDelete: 'cascade' }),
  tables: jsonb().$type<readonly Table[]>().notNull(),
  appliedAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
});

/** API keys by the hash of their secret part. */
export const apiKeys = pgTable(
  'api_keys',
  {
    keyId: text().primaryKey(),
    envId: text()
      .notNull()
      .references(() => envs.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    roles: jsonb().$type<string[]>().notNull(),
    secretHash: text().notNull(),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    expiresAt: timestamp({ withTimezone: true, precision: 3 }),
    revokedAt: timestamp({ withTimezone: true, precision: 3 }),
  },
  (t) => [index().on(t.envId)],
);
