import { type AnyColumn, type SQL, sql } from 'drizzle-orm';
import { bigint, boolean, index, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { envs } from './projects.ts';

/**
 * Ed25519 keys that sign an env's access tokens. A `next` one is on its way to the Bridges and signs nothing yet; a `previous` one verifies
 * until its last token has expired.
 */
export const signingKeys = pgTable(
  'signing_keys',
  {
    kid: text().primaryKey(),
    envId: text()
      .notNull()
      .references(() => envs.id, { onDelete: 'cascade' }),
    status: text({ enum: ['next', 'current', 'previous'] }).notNull(),
    publicKey: text().notNull(),
    sealedPrivateKey: text().notNull(),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    /** Of a `previous` one: when its last token has expired. */
    verifiesUntil: timestamp({ withTimezone: true, precision: 3 }),
  },
  (t) => [index().on(t.envId), index().on(t.verifiesUntil)],
);

/** Which Bridges have been given a key that is on its way. */
export const signingKeyPulls = pgTable(
  'signing_key_pulls',
  {
    kid: text()
      .notNull()
      .references(() => signingKeys.kid, { onDelete: 'cascade' }),
    instanceId: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.kid, t.instanceId] })],
);

/** `email` is lower-case: unique per env however it is typed. */
export const endUsers = pgTable(
  'end_users',
  {
    id: text().primaryKey(),
    envId: text()
      .notNull()
      .references(() => envs.id, { onDelete: 'cascade' }),
    /** Null where the user signs in elsewhere and no email of theirs is proven. */
    email: text(),
    /** Null for an account whose user signs in elsewhere. */
    passwordHash: text(),
    roles: jsonb().$type<string[]>().notNull(),
    disabled: boolean().notNull().default(false),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex().on(t.envId, t.email),
    index().on(t.envId, t.id),
    index('end_users_email_grams_index').using('gin', emailGrams(t.email)),
  ],
);

/**
 * Every three characters in a row of an email, and its beginning as three with spaces before it: what it is searched by. The function
 * is made by the migration that makes the index; the extension pg_trgm would do the same, but not everybody may install it.
 */
export function emailGrams(email: AnyColumn): SQL {
  return sql`email_grams('  ' || ${email})`;
}

/** Refresh tokens by hash. A family is a session (`sid`); a spent token that comes back condemns its whole family. */
export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    tokenHash: text().primaryKey(),
    familyId: text().notNull(),
    endUserId: text()
      .notNull()
      .references(() => endUsers.id, { onDelete: 'cascade' }),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    expiresAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
    spentAt: timestamp({ withTimezone: true, precision: 3 }),
    revokedAt: timestamp({ withTimezone: true, precision: 3 }),
  },
  (t) => [index().on(t.familyId), index().on(t.endUserId), index().on(t.expiresAt)],
);

/** Tokens of `sub` issued before the mark are refused. A mark may go when every token that it could hit has expired. */
export const notBeforeMarks = pgTable(
  'not_before_marks',
  {
    envId: text()
      .notNull()
      .references(() => envs.id, { onDelete: 'cascade' }),
    sub: text().notNull(),
    notBefore: timestamp({ withTimezone: true, precision: 0 }).notNull(),
    expiresAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.envId, t.sub] }), index().on(t.expiresAt)],
);

/**
 * A user's second factor; it counts once it is confirmed. The secret is sealed with the project's key. `lastStep` is the newest time
 * step whose code was used: it and older ones are refused.
 */
export const endUserTotp = pgTable('end_user_totp', {
  endUserId: text()
    .primaryKey()
    .references(() => endUsers.id, { onDelete: 'cascade' }),
  sealedSecret: text().notNull(),
  lastStep: bigint({ mode: 'number' }).notNull().default(0),
  createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  confirmedAt: timestamp({ withTimezone: true, precision: 3 }),
});

/** Codes for who has lost the authenticator, by hash; one that is used is deleted. */
export const endUserRecoveryCodes = pgTable(
  'end_user_recovery_codes',
  {
    endUserId: text()
      .notNull()
      .references(() => endUsers.id, { onDelete: 'cascade' }),
    codeHash: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.endUserId, t.codeHash] })],
);
