import { StkError } from '@santokit/contract';
import { and, eq, isNotNull, lt } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import type { StoreDb } from '../store/store.ts';
import { operatorRecoveryCodes, operatorTotp } from '../store/tables/totp.ts';
import { openTotpSecret } from './totp-secret.ts';
import { type KeptSecondFactor, useCode } from './use-code.ts';

/** Whether an operator has a second factor that counts. */
export async function hasSecondFactor(db: StoreDb, operatorId: string): Promise<boolean> {
  const [found] = await db
    .select({ operatorId: operatorTotp.operatorId })
    .from(operatorTotp)
    .where(and(eq(operatorTotp.operatorId, operatorId), isNotNull(operatorTotp.confirmedAt)));
  return found !== undefined;
}

/** What an operator who has a second factor is told when they send no code. */
export function codeNeeded(): StkError {
  return new StkError(
    'UNAUTHORIZED',
    'This account needs a code too: the one that the authenticator shows, or a recovery code',
    { codeNeeded: true },
  );
}

/**
 * Uses up `code`, the one that the operator's authenticator shows or one of their recovery codes. Without a second factor
 * every code, and none, passes.
 * @returns whether it was good; one that was used before is not
 */
export async function passesSecondFactor(
  deps: Pick<Deps, 'config' | 'clock'>,
  tx: StoreDb,
  { operatorId, code = '' }: { readonly operatorId: string; readonly code: string | undefined },
): Promise<boolean> {
  const [row] = await tx
    .select()
    .from(operatorTotp)
    .where(and(eq(operatorTotp.operatorId, operatorId), isNotNull(operatorTotp.confirmedAt)));
  if (row === undefined) return true;
  const kept: KeptSecondFactor = {
    lastStep: row.lastStep,
    openSecret: () => openTotpSecret(deps, row),
    useStep: (step) => useStep(tx, operatorId, step),
    useRecoveryCode: (codeHash) => useRecoveryCode(tx, operatorId, codeHash),
  };
  return await useCode(kept, code, deps.clock());
}

async function useStep(tx: StoreDb, operatorId: string, step: number): Promise<boolean> {
  const [used] = await tx
    .update(operatorTotp)
    .set({ lastStep: step })
    .where(and(eq(operatorTotp.operatorId, operatorId), lt(operatorTotp.lastStep, step)))
    .returning({ operatorId: operatorTotp.operatorId });
  return used !== undefined;
}

async function useRecoveryCode(tx: StoreDb, operatorId: string, codeHash: string): Promise<boolean> {
  const [used] = await tx
    .delete(operatorRecoveryCodes)
    .where(and(eq(operatorRecoveryCodes.operatorId, operatorId), eq(operatorRecoveryCodes.codeHash, codeHash)))
    .returning({ operatorId: operatorRecoveryCodes.operatorId });
  return used !== undefined;
}
