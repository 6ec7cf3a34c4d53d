import { bridgeListSchema, bridgeSyncSchema } from '@santokit/contract';
import { eq, sql } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { announceChange } from '../releases/announce-change.ts';
import { NO_RELEASE_NEEDS } from '../releases/needed-bridge-version.ts';
import { envs } from '../store/tables/projects.ts';
import { releases } from '../store/tables/releases.ts';
import { findBridges } from './find-bridges.ts';

export const listBridgesRoute = route({
  name: 'bridgeList',
  summary: 'The Bridges that serve an env, with the release that each has',
  least: 'viewer',
  answer: bridgeListSchema,
  async handle({ deps, project, env }) {
    const [current] = await deps.store.db
      .select({ minimumBridgeVersion: releases.minimumBridgeVersion })
      .from(releases)
      .where(eq(releases.id, env.currentReleaseId ?? ''));
    return {
      releaseId: env.currentReleaseId,
      minimumBridgeVersion: current?.minimumBridgeVersion ?? NO_RELEASE_NEEDS,
      items: await findBridges(deps, project, env),
    };
  },
});

export const syncBridgesRoute = route({
  name: 'bridgeSync',
  summary: 'Make every Bridge of an env pull now',
  least: 'deployer',
  answer: bridgeSyncSchema,
  audit: 'bridge.sync',
  async handle({ deps, actor, project, env, origin }) {
    const requestedAt = deps.clock();
    const releaseId = await deps.store.db.transaction(async (tx) => {
      // Another version of the same pointer reaches also a Bridge that is between two long polls.
      const [moved] = await tx
        .update(envs)
        .set({ pointerVersion: sql`${envs.pointerVersion} + 1` })
        .where(eq(envs.id, env.id))
        .returning({ releaseId: envs.currentReleaseId });
      await announceChange(tx, env.id);
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'bridge.sync',
        project: project.name,
        env: env.name,
        detail: { releaseId: moved?.releaseId ?? null },
        origin,
      });
      return moved?.releaseId ?? null;
    });
    return { requestedAt: requestedAt.toISOString(), releaseId };
  },
});
