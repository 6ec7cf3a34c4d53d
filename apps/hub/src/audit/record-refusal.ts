import type { StkError } from '@santokit/contract';
import type { Actor } from '../access/actor.ts';
import type { Deps } from '../deps.ts';
import type { RequestOrigin } from '../http/route.ts';
import { toAnswerError } from '../http/to-answer-error.ts';
import { appendAudit } from './append-audit.ts';
import type { AuditAction } from './audit-action.ts';

export interface Refusal {
  readonly action: AuditAction;
  readonly error: StkError;
  readonly actor: Actor | null;
  readonly project: string | null;
  readonly env: string | null;
  readonly origin: RequestOrigin;
}

/**
 * Records an attempt that was refused, in a transaction of its own: that of the change was rolled back. The caller gets the
 * refusal as its answer in any case, so an entry that could not be written is only logged.
 */
export async function recordRefusal(deps: Deps, refusal: Refusal): Promise<void> {
  const { action, error, actor, project, env, origin } = refusal;
  try {
    await deps.store.db.transaction((tx) =>
      appendAudit(deps, tx, {
        actorId: actor?.operatorId ?? null,
        // The log knows no end users: what they do is the Hub's.
        actorType: action.startsWith('enduser.') ? 'system' : 'operator',
        action,
        project,
        env,
        detail: { refused: error.code },
        origin,
      }),
    );
  } catch (thrown) {
    deps.logger.error(
      { requestId: origin.requestId, action, err: toAnswerError(thrown) },
      'A refused attempt was not recorded',
    );
  }
}
