import { StkError } from '@santokit/contract';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { withApplyLock } from '../apply/apply-lock.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { announceChange } from '../releases/announce-change.ts';
import { envs } from '../store/tables/projects.ts';

export const removeEnvRoute = route({
  name: 'envRemove',
  summary: 'Remove an env with its connections, keys and end users; nothing is done to its databases',
  least: 'admin',
  answer: z.object({ name: z.string(), project: z.string() }),
  audit: 'env.remove',
  async handle({ deps, actor, project, env, origin }) {
    await withApplyLock(deps, env, () =>
      deps.store.db.transaction(async (tx) => {
        // Of the row as it is now: somebody may have protected the env meanwhile.
        const [current] = await tx.select().from(envs).where(eq(envs.id, env.id)).for('update');
        if (current === undefined)
          throw new StkError('NOT_FOUND', `The project "${project.name}" has no env "${env.name}"`);
        if (current.protected)
          throw new StkError('CONFLICT', `The env "${env.name}" is protected: end its protection first`);
        await tx.delete(envs).where(eq(envs.id, env.id));
        await announceChange(tx, env.id);
        await appendAudit(deps, tx, {
          actorId: actor.operatorId,
          actorType: 'operator',
          action: 'env.remove',
          project: project.name,
          env: env.name,
          detail: { releaseId: current.currentReleaseId },
          origin,
        });
      }),
    );
    return { name: env.name, project: project.name };
  },
});
