import type { Json } from '@santokit/contract';
import type { Actor } from '../access/actor.ts';
import type { Env, Project } from '../access/locate.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { AuditAction } from '../audit/audit-action.ts';
import type { Deps } from '../deps.ts';
import { endUserAnswer } from '../end-users/end-user-answer.ts';
import { sessionPlaceOf } from '../end-users/end-user-place.ts';
import type { EndUser } from '../end-users/issue-session.ts';
import { revokeAllSessions } from '../end-users/revoke-sessions.ts';
import type { RequestOrigin } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { requireUser } from './find-user.ts';

/** An operator's request about an end user. */
export interface UserRequest {
  readonly deps: Deps;
  readonly params: { readonly id: string };
  readonly actor: Actor;
  readonly project: Project;
  readonly env: Env;
  readonly origin: RequestOrigin;
}

interface UserChange {
  readonly action: AuditAction;
  /** Whether tokens that the user has are refused from now on. */
  readonly endsSessions: boolean;
  /** What is changed. @returns the user as they are then, and what the audit log tells besides their id */
  change(
    tx: StoreDb,
    user: EndUser,
  ): Promise<{ readonly user: EndUser; readonly detail?: Readonly<Record<string, Json>> }>;
}

/** Changes an end user for an operator, in one transaction with the end of their sessions and the audit entry. @throws StkError `NOT_FOUND` */
export async function changeUser(request: UserRequest, { action, endsSessions, change }: UserChange) {
  const { deps, params, actor, project, env, origin } = request;
  const place = await sessionPlaceOf(deps, env);
  return await deps.store.db.transaction(async (tx) => {
    const { user, detail } = await change(tx, await requireUser(tx, env, params.id));
    if (endsSessions) await revokeAllSessions(deps, tx, place, user.id);
    await appendAudit(deps, tx, {
      actorId: actor.operatorId,
      actorType: 'operator',
      action,
      project: project.name,
      env: env.name,
      detail: { user: user.id, ...detail },
      origin,
    });
    return { ...endUserAnswer(user), sessionsEnded: endsSessions };
  });
}
