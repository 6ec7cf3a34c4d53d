import {
  deadLetterSelectionSchema,
  type Json,
  purgedDeadLettersSchema,
  replayedDeadLettersSchema,
  resetBreakerSchema,
  StkError,
} from '@santokit/contract';
import type { Actor } from '../access/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { AuditAction } from '../audit/audit-action.ts';
import { type RequestOrigin, route } from '../http/route.ts';
import { currentRelease } from '../schema/released-schema.ts';
import { type EventPlace, withEventDatabases } from './event-databases.ts';

export const replayDeadLettersRoute = route({
  name: 'deadLetterReplay',
  summary: 'Deliver dead letters again, each to the subscription that could not handle it',
  least: 'deployer',
  body: deadLetterSelectionSchema,
  answer: replayedDeadLettersSchema,
  audit: 'events.replay',
  async handle({ deps, project, env, actor, origin, body: { all: _, ...meant } }) {
    const place = { deps, project, env };
    const release = await currentRelease({ deps, env });
    await record({ ...place, actor, origin, action: 'events.replay', detail: told(meant) });
    const counts = await withEventDatabases(place, release, ({ outbox, database, scope }) =>
      outbox.replay(database, { scope, ...meant }),
    );
    return { replayed: anyOf(meant, sum(counts)) };
  },
});

export const purgeDeadLettersRoute = route({
  name: 'deadLetterPurge',
  summary: 'Throw dead letters away',
  least: 'deployer',
  body: deadLetterSelectionSchema,
  answer: purgedDeadLettersSchema,
  audit: 'events.purge',
  async handle({ deps, project, env, actor, origin, body: { all: _, ...meant } }) {
    const place = { deps, project, env };
    const release = await currentRelease({ deps, env });
    await record({ ...place, actor, origin, action: 'events.purge', detail: told(meant) });
    const counts = await withEventDatabases(place, release, ({ outbox, database, scope }) =>
      outbox.purge(database, { scope, ...meant }),
    );
    return { purged: anyOf(meant, sum(counts)) };
  },
});

export const resetBreakerRoute = route({
  name: 'breakerReset',
  summary: 'Deliver again at once to a subscription whose breaker has opened',
  least: 'deployer',
  answer: resetBreakerSchema,
  audit: 'events.reset_breaker',
  async handle({ deps, project, env, actor, origin, params }) {
    const place = { deps, project, env };
    const release = await currentRelease({ deps, env });
    const { name: subscription } = params;
    if (!Object.hasOwn(release.events?.subscriptions ?? {}, subscription))
      throw new StkError(
        'NOT_FOUND',
        `The current release has no subscription ${JSON.stringify(subscription.slice(0, 80))}`,
      );
    await record({ ...place, actor, origin, action: 'events.reset_breaker', detail: { subscription } });
    const closed = await withEventDatabases(place, release, ({ outbox, database, scope }) =>
      outbox.resetBreaker(database, scope, subscription),
    );
    return { subscription, wasOpen: closed.includes(true) };
  },
});

/** @throws StkError `NOT_FOUND` where those that were named are not there */
function anyOf({ ids }: { readonly ids?: readonly string[] | undefined }, count: number): number {
  if (ids === undefined || count > 0) return count;
  throw new StkError('NOT_FOUND', ids.length === 1 ? 'There is no such dead letter' : 'There are no such dead letters');
}

interface Recorded extends EventPlace {
  readonly actor: Actor;
  readonly origin: RequestOrigin;
  readonly action: AuditAction;
  readonly detail: Readonly<Record<string, Json>>;
}

/** Before it is done: what it does is in another database, and must not be there untold. */
async function record({ deps, project, env, actor, origin, action, detail }: Recorded): Promise<void> {
  await deps.store.db.transaction((tx) =>
    appendAudit(deps, tx, {
      actorId: actor.operatorId,
      actorType: 'operator',
      action,
      project: project.name,
      env: env.name,
      detail: { ...detail },
      origin,
    }),
  );
}

function told(meant: Readonly<Record<string, string | readonly string[] | undefined>>): Readonly<Record<string, Json>> {
  const given = Object.entries(meant).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return given.length === 0 ? { all: true } : Object.fromEntries(given);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
