import { type UserExport, userExportSchema } from '@santokit/contract';
import { passwordHashing } from '@santokit/crypto';
import { and, asc, desc, eq, gte, max, sql } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import { auditItemColumns } from '../audit/audit-columns.ts';
import { endUserAnswer } from '../end-users/end-user-answer.ts';
import type { EndUser } from '../end-users/issue-session.ts';
import { sessionStart } from '../end-users/session-start.ts';
import { route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { auditLog } from '../store/tables/audit.ts';
import { endUserRecoveryCodes, endUserTotp, notBeforeMarks, refreshTokens } from '../store/tables/end-users.ts';
import { oidcIdentities } from '../store/tables/oidc.ts';
import type { UserRequest } from './change-user.ts';
import { requireUser } from './find-user.ts';

/** Changes nothing, but takes what is personal out of the Hub: that leaves an audit entry, too. */
export const exportUserRoute = route({
  name: 'userExport',
  summary: 'All that is held about an end user, as one document',
  least: 'admin',
  answer: userExportSchema,
  audit: 'enduser.export',
  handle: (request) =>
    request.deps.store.db.transaction(async (tx) => {
      const { deps, params, actor, project, env, origin } = request;
      const user = await requireUser(tx, env, params.id);
      const document: UserExport = {
        exportedAt: deps.clock().toISOString(),
        project: project.name,
        env: env.name,
        user: endUserAnswer(user),
        password: user.passwordHash === null ? null : passwordHashing(user.passwordHash),
        secondFactor: await secondFactorOf(tx, user),
        identities: await identitiesOf(tx, user),
        sessions: await sessionsOf(tx, user),
        notBefore: await notBeforeOf(tx, user),
        audit: await auditOf(tx, request, user),
      };
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'enduser.export',
        project: project.name,
        env: env.name,
        detail: { user: user.id },
        origin,
      });
      return document;
    }),
});

async function secondFactorOf(tx: StoreDb, { id }: EndUser): Promise<UserExport['secondFactor']> {
  const [totp] = await tx.select().from(endUserTotp).where(eq(endUserTotp.endUserId, id));
  if (totp === undefined) return null;
  return {
    createdAt: totp.createdAt.toISOString(),
    confirmedAt: totp.confirmedAt?.toISOString() ?? null,
    recoveryCodesLeft: await tx.$count(endUserRecoveryCodes, eq(endUserRecoveryCodes.endUserId, id)),
  };
}

async function identitiesOf(tx: StoreDb, { id }: EndUser): Promise<UserExport['identities']> {
  const found = await tx
    .select()
    .from(oidcIdentities)
    .where(eq(oidcIdentities.endUserId, id))
    .orderBy(asc(oidcIdentities.createdAt));
  return found.map(({ issuer, subject, roles, createdAt, usedAt }) => ({
    issuer,
    subject,
    roles,
    createdAt: createdAt.toISOString(),
    usedAt: usedAt.toISOString(),
  }));
}

async function sessionsOf(tx: StoreDb, user: EndUser): Promise<UserExport['sessions']> {
  const sessions = await tx
    .select({
      sid: refreshTokens.familyId,
      renewedAt: max(refreshTokens.createdAt),
      expiresAt: max(refreshTokens.expiresAt),
      revokedAt: max(refreshTokens.revokedAt),
    })
    .from(refreshTokens)
    .where(eq(refreshTokens.endUserId, user.id))
    .groupBy(refreshTokens.familyId)
    .orderBy(desc(max(refreshTokens.createdAt)));
  return sessions.map(({ sid, renewedAt, expiresAt, revokedAt }) => ({
    sid,
    createdAt: sessionStart(sid).toISOString(),
    renewedAt: instant(renewedAt),
    expiresAt: instant(expiresAt),
    revokedAt: revokedAt === null ? null : instant(revokedAt),
  }));
}

function instant(at: Date | null): string {
  return (at ?? new Date(0)).toISOString();
}

async function notBeforeOf(tx: StoreDb, { id, envId }: EndUser): Promise<string | null> {
  const [mark] = await tx
    .select({ notBefore: notBeforeMarks.notBefore })
    .from(notBeforeMarks)
    .where(and(eq(notBeforeMarks.envId, envId), eq(notBeforeMarks.sub, id)));
  return mark?.notBefore.toISOString() ?? null;
}

/** Nothing is told of a user before they were made: the log, which is long, is searched from then on. */
async function auditOf(tx: StoreDb, { project, env }: UserRequest, user: EndUser): Promise<UserExport['audit']> {
  return await tx
    .select(auditItemColumns)
    .from(auditLog)
    .where(
      and(
        eq(auditLog.project, project.name),
        eq(auditLog.env, env.name),
        gte(auditLog.ts, user.createdAt),
        sql`${auditLog.detail} ->> 'user' = ${user.id}`,
      ),
    )
    .orderBy(asc(auditLog.seq));
}
