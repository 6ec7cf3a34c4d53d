import { and, eq, isNotNull, lt } from 'drizzle-orm';
import type { Deps } from '../../deps.ts';
import { type KeptSecondFactor, useCode } from '../../second-factor/use-code.ts';
import { openForProject } from '../../secrets/project-secrets.ts';
import type { StoreDb } from '../../store/store.ts';
import { endUserRecoveryCodes, endUserTotp } from '../../store/tables/end-users.ts';
import type { EndUserPlace } from '../end-user-place.ts';

/** What a user's sealed TOTP secret is bound to. */
export function totpIdentity(userId: string): string {
  return `end-user/${userId}/totp`;
}

/** Whether a user has a second factor that counts. */
export async function hasSecondFactor(db: StoreDb, userId: string): Promise<boolean> {
  const [found] = await db
    .select({ endUserId: endUserTotp.endUserId })
    .from(endUserTotp)
    .where(and(eq(endUserTotp.endUserId, userId), isNotNull(endUserTotp.confirmedAt)));
  return found !== undefined;
}

interface PresentedCode {
  readonly place: Pick<EndUserPlace, 'projectId'>;
  readonly userId: string;
  readonly code: string | undefined;
}

/**
 * Uses up `code`, the one that the user's authenticator shows or one of their recovery codes. Without a second factor every code,
 * and none, passes.
 * @returns whether it was good; one that was used before is not
 */
export async function passesCode(
  deps: Pick<Deps, 'config' | 'clock'>,
  tx: StoreDb,
  { place, userId, code = '' }: PresentedCode,
): Promise<boolean> {
  const [row] = await tx
    .select()
    .from(endUserTotp)
    .where(and(eq(endUserTotp.endUserId, userId), isNotNull(endUserTotp.confirmedAt)))
    .prepare('second_factor_of_user')
    .execute();
  if (row === undefined) return true;
  const { projectId } = place;
  const secret = { deps, db: tx, projectId, identity: totpIdentity(userId), sealed: row.sealedSecret };
  const kept: KeptSecondFactor = {
    lastStep: row.lastStep,
    openSecret: () => openForProject(secret),
    useStep: (step) => useStep(tx, userId, step),
    useRecoveryCode: (codeHash) => useRecoveryCode(tx, userId, codeHash),
  };
  return await useCode(kept, code, deps.clock());
}

async function useStep(tx: StoreDb, userId: string, step: number): Promise<boolean> {
  const used = await tx
    .update(endUserTotp)
    .set({ lastStep: step })
    .where(and(eq(endUserTotp.endUserId, userId), lt(endUserTotp.lastStep, step)))
    .returning({ endUserId: endUserTotp.endUserId });
  return used.length > 0;
}

async function useRecoveryCode(tx: StoreDb, userId: string, codeHash: string): Promise<boolean> {
  const used = await tx
    .delete(endUserRecoveryCodes)
    .where(and(eq(endUserRecoveryCodes.endUserId, userId), eq(endUserRecoveryCodes.codeHash, codeHash)))
    .returning({ endUserId: endUserRecoveryCodes.endUserId });
  return used.length > 0;
}
