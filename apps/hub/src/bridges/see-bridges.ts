import type { MiddlewareHandler } from 'hono';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/hub-env.ts';
import { toAnswerError } from '../http/to-answer-error.ts';
import { bridgeReports } from '../store/tables/bridges.ts';

/** A Bridge has several requests under way for each env: a sign of life is written no more often than this. */
const WRITE_EVERY_MS = 10_000;
const REMEMBERED_INSTANCES = 10_000;
/** What `X-Bridge-Instance-Id` and `X-Bridge-Version` may look like; the limits are those of a report. */
export const INSTANCE_ID = /^[\x21-\x7e]{1,200}$/;
const VERSION = /^[\x21-\x7e]{1,50}$/;

/**
 * Takes every request of a Bridge for a sign of life, by the headers that name its instance and version: reports come as
 * seldom as a Bridge is told to poll, long polls every 25 s.
 */
export function seeBridges(deps: Deps): MiddlewareHandler<HubEnv> {
  const writtenAtMs = new Map<string, number>();
  return async (context, next) => {
    const instanceId = context.req.header('x-bridge-instance-id') ?? '';
    const version = context.req.header('x-bridge-version') ?? '';
    const seenAt = deps.clock();
    const isDue = seenAt.getTime() - (writtenAtMs.get(instanceId) ?? 0) >= WRITE_EVERY_MS;
    if (isDue && INSTANCE_ID.test(instanceId) && VERSION.test(version)) {
      // Forgetting costs a write too many, and nothing else.
      if (writtenAtMs.size >= REMEMBERED_INSTANCES) writtenAtMs.clear();
      writtenAtMs.set(instanceId, seenAt.getTime());
      await write(deps, { instanceId, version, seenAt });
    }
    await next();
  };
}

/** A sign of life that cannot be written is no reason to leave a Bridge without its answer. */
async function write(deps: Deps, sight: { instanceId: string; version: string; seenAt: Date }): Promise<void> {
  const { version, seenAt } = sight;
  try {
    await deps.store.db
      .insert(bridgeReports)
      .values(sight)
      .onConflictDoUpdate({ target: bridgeReports.instanceId, set: { version, seenAt } });
  } catch (thrown) {
    deps.logger.warn({ err: toAnswerError(thrown) }, 'A sign of life of a Bridge was not written');
  }
}
