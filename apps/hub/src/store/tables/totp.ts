import { bigint, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { operators } from './operators.ts';

/**
 * An operator's second factor; it counts once it is confirmed. The secret is sealed with a key of its own that the master key
 * wraps. `lastStep` is the newest time step whose code was used: it and older ones are refused.
 */
export const operatorTotp = pgTable('operator_totp', {
  operatorId: text()
    .primaryKey()
    .references(() => operators.id, { onDelete: 'cascade' }),
  wrappedKey: text().notNull(),
  sealedSecret: text().notNull(),
  lastStep: bigint({ mode: 'number' }).notNull().default(0),
  createdAt: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
  confirmedAt: timestamp({ withTimezone: true, precision: 3 }),
});

/** Codes for who has lost the authenticator, by hash; one that is used is deleted. */
export const operatorRecoveryCodes = pgTable(
  'operator_recovery_codes',
  {
    operatorId: text()
      .notNull()
      .references(() => operators.id, { onDelete: 'cascade' }),
    codeHash: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.operatorId, t.codeHash] })],
);
