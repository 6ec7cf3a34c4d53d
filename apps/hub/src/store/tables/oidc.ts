import { index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { endUsers } from './end-users.ts';
import { envs } from './projects.ts';

/** Who else may say who an env's end users are. */
export const oidcProviders = pgTable(
  'oidc_providers',
  {
    id: text().primaryKey(),
    envId: text()
      .notNull()
      .references(() => envs.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    issuer: text().notNull(),
    clientId: text().notNull(),
    clientAuth: text({ enum: ['basic', 'post'] }).notNull(),
    /** Null for a public client. */
    sealedClientSecret: text(),
    scopes: jsonb().$type<string[]>().notNull(),
    redirectUris: jsonb().$type<string[]>().notNull(),
    roles: jsonb().$type<OidcRoles>(),
    version: integer().notNull(),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    updatedAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [uniqueIndex().on(t.envId, t.name)],
);

/** A claim and the roles that each of its values gives. */
export interface OidcRoles {
  readonly claim: string;
  readonly map: Readonly<Record<string, string[]>>;
}

/** Issuer and subject are who somebody is, whatever the provider is called here (OpenID Connect Core 1.0, section 5.7). */
export const oidcIdentities = pgTable(
  'oidc_identities',
  {
    envId: text()
      .notNull()
      .references(() => envs.id, { onDelete: 'cascade' }),
    issuer: text().notNull(),
    subject: text().notNull(),
    endUserId: text()
      .notNull()
      .references(() => endUsers.id, { onDelete: 'cascade' }),
    /** That its claims gave last. */
    roles: jsonb().$type<string[]>().notNull(),
    createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
    usedAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.envId, t.issuer, t.subject] }), index().on(t.endUserId)],
);

const flowColumns = {
  providerId: text()
    .notNull()
    .references(() => oidcProviders.id, { onDelete: 'cascade' }),
  /** Who links an identity, and in which session; null for somebody who signs in. */
  link: jsonb().$type<OidcLink>(),
  expiresAt: timestamp({ withTimezone: true, precision: 3 }).notNull(),
};

export interface OidcLink {
  readonly userId: string;
  readonly sessionId: string;
}

/** Those who were sent to a provider and have not come back, by the hash of `state`. */
export const oidcFlows = pgTable(
  'oidc_flows',
  {
    stateHash: text().primaryKey(),
    ...flowColumns,
    /** Of the cookie that the browser was given. */
    browserHash: text().notNull(),
    redirectUri: text().notNull(),
    callbackUrl: text().notNull(),
  },
  (t) => [index().on(t.expiresAt), index().on(t.providerId)],
);

/** Those who have come back with a proven identity, by the hash of the exchange code. */
export const oidcExchanges = pgTable(
  'oidc_exchanges',
  {
    codeHash: text().primaryKey(),
    ...flowColumns,
    issuer: text().notNull(),
    subject: text().notNull(),
    /** Verified by the provider; null where none is. */
    email: text(),
    roles: jsonb().$type<string[]>().notNull(),
  },
  (t) => [index().on(t.expiresAt), index().on(t.providerId)],
);
