import { bigint, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { envs, projects } from './projects.ts';

/** The Hub's Ed25519 keys that sign releases; the newest one that is not retired signs. */
export const releaseSigningKeys = pgTable('release_signing_keys', {
  keyId: text().primaryKey(),
  publicKey: text().notNull(),
  sealedPrivateKey: text().notNull(),
  createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  retiredAt: timestamp({ withTimezone: true, precision: 3 }),
});

/** Immutable. `content` is the compiled release, byte for byte as it was signed. */
export const releases = pgTable(
  'releases',
  {
    id: text().primaryKey(),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    content: text().notNull(),
    contentHash: text().notNull(),
    ref: text().notNull(),
    signature: text().notNull(),
    signingKeyId: text()
      .notNull()
      .references(() => releaseSigningKeys.keyId),
    minimumBridgeVersion: text().notNull(),
    createdBy: text().notNull(),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [uniqueIndex().on(t.projectId, t.contentHash)],
);

/** Every move of an env's pointer: which release was current since when. */
export const envReleases = pgTable(
  'env_releases',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    envId: text()
      .notNull()
      .references(() => envs.id, { onDelete: 'cascade' }),
    releaseId: text()
      .notNull()
      .references(() => releases.id, { onDelete: 'cascade' }),
    ref: text().notNull(),
    movedBy: text().notNull(),
    movedAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [index().on(t.envId, t.id), index().on(t.releaseId)],
);

/**
 * Applies that are about to do, or did, what the release in force does not survive, until the pointer has moved: all that a Hub needs to
 * finish them when the one that began is gone.
 */
export const unfinishedApplies = pgTable('unfinished_applies', {
  envId: text()
    .primaryKey()
    .references(() => envs.id, { onDelete: 'cascade' }),
  /** The compiled release. */
  content: text().notNull(),
  ref: text().notNull(),
  planHash: text().notNull(),
  action: text({ enum: ['release.create', 'permissions.apply'] }).notNull(),
  /** What may be done to finish it: the steps that were planned and confirmed. */
  steps: jsonb().$type<readonly string[]>().notNull(),
  /** Of the databases before. */
  fingerprint: text().notNull(),
  actorId: text(),
  createdBy: text().notNull(),
  startedAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
  /** How often a Hub failed to finish it. */
  failures: integer().notNull().default(0),
  nextAttemptAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
});
