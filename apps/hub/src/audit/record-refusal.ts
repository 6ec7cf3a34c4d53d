import type { Json, StkError } from '@santokit/contract';
import type { Actor } from '../access/actor.ts';
import type { Deps } from '../deps.ts';
import type { RequestOrigin } from '../http/route.ts';
import { toAnswerError } from '../http/to-answer-error.ts';
import { type AuditEntry, appendAudit } from './append-audit.ts';
import type { AuditAction } from './audit-action.ts';

export interface Refusal {
  readonly action: AuditAction;
  readonly error: StkError;
  readonly actor: Actor | null;
  readonly actorType: 'operator' | 'system' | 'bridge';
  readonly project: string | null;
  readonly env: string | null;
  /** What more is known of the attempt; never a secret. */
  readonly detail: { readonly [key: string]: Json };
  readonly origin: RequestOrigin;
}

/**
 * Records an attempt that was refused, in a transaction of its own: that of the change was rolled back. Attempts beyond the
 * budget are only counted. The caller gets the refusal as its answer in any case, so an entry that could not be written is only
 * logged.
 */
export async function recordRefusal(deps: Deps, refusal: Refusal): Promise<void> {
  const { action, error, actor, actorType, project, env, detail, origin } = refusal;
  const source = actor?.operatorId ?? origin.ip ?? 'unknown';
  if (!deps.refusals.take({ source, signedIn: actor !== null, what: `${action} ${error.code}` })) return;
  const actorId = actor?.operatorId ?? null;
  await write(deps, { actorId, actorType, action, project, env, detail: { refused: error.code, ...detail }, origin });
}

/** Writes one entry about all refusals that were only counted since the last one. */
export async function recordUnrecorded(deps: Deps): Promise<void> {
  const rest = deps.refusals.drain();
  if (rest === undefined) return;
  const detail = { refused: 'TOO_MANY_REQUESTS', ...rest, since: rest.since.toISOString() };
  await write(deps, { actorId: null, actorType: 'system', action: 'access.refuse', detail, origin: null });
}

async function write(deps: Deps, entry: AuditEntry): Promise<void> {
  try {
    // One statement is a transaction.
    await appendAudit(deps, deps.store.db, entry);
  } catch (thrown) {
    const { origin, action } = entry;
    const about = { requestId: origin?.requestId, action, err: toAnswerError(thrown) };
    deps.logger.error(about, 'A refused attempt was not recorded');
  }
}
