import type { Transaction } from '../../database.ts';

/** As `LogicEngine.checkDeferred` promises: what was deferred so far is checked as `SET CONSTRAINTS` is executed (manual, there). */
export async function checkDeferred(transaction: Transaction): Promise<void> {
  await transaction.query('set constraints all immediate', [], { prepare: false });
}
