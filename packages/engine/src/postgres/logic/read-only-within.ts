import type { Transaction } from '../../database.ts';

/**
 * As `LogicEngine.readOnlyWithin` promises. A transaction can be made read-only at any time, and what a subtransaction made of it ends
 * with the subtransaction (xact.c, `CommitSubTransaction`).
 */
export async function readOnlyWithin(transaction: Transaction, work: () => Promise<void>): Promise<void> {
  await transaction.query('savepoint santokit_reading', [], { prepare: false });
  await transaction.query('set transaction read only', [], { prepare: false });
  await work();
  await transaction.query('release savepoint santokit_reading', [], { prepare: false });
}
