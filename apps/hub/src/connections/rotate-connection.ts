import { rotateConnectionRequestSchema, rotatedConnectionSchema, StkError } from '@santokit/contract';
import { describeConnectionUrl } from '@santokit/engine';
import { and, eq } from 'drizzle-orm';
import type { Project } from '../access/locate.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { Deps } from '../deps.ts';
import { route } from '../http/route.ts';
import { announceChange } from '../releases/announce-change.ts';
import { openForProject, sealForProject } from '../secrets/project-secrets.ts';
import { connections } from '../store/tables/projects.ts';
import { connectionAnswer } from './connection-answer.ts';
import { type Connection, findConnection } from './find-connections.ts';
import { laggingBridges } from './finish-rotations.ts';
import { forgetAppliedElsewhere } from './forget-applied.ts';
import { connectionUrlIdentity, withUrl } from './open-connection.ts';

export const rotateConnectionRoute = route({
  name: 'connectionRotate',
  summary:
    "Change a connection's URL under traffic: tested first, and the old one is kept until every live Bridge has followed",
  least: 'admin',
  body: rotateConnectionRequestSchema,
  answer: rotatedConnectionSchema,
  audit: 'connection.rotate',
  async handle({ deps, body, params, actor, project, env, origin }) {
    const before = await findConnection(deps.store.db, env, params.name);
    const url = 'undo' in body ? await previousUrl(deps, project, before) : body.url;
    const place = describeConnectionUrl(url);
    await withUrl(url, before, (database) => database.ping());
    const version = before.version + 1;
    const waitingFor = await laggingBridges(deps, project, env, { ...before, version });
    const after = await deps.store.db.transaction(async (tx) => {
      const identity = identityOf(project, before);
      const [written] = await tx
        .update(connections)
        .set({
          ...place,
          sealedUrl: await sealForProject({ deps, db: tx, projectId: project.id, identity, plaintext: url }),
          version,
          ...(waitingFor.length === 0
            ? NOTHING_KEPT
            : 'undo' in body
              ? keptOf(before)
              : (keptBy(before) ?? keptOf(before))),
          updatedAt: deps.clock(),
        })
        .where(and(eq(connections.id, before.id), eq(connections.version, before.version)))
        .returning();
      if (written === undefined)
        throw new StkError('CONFLICT', `The connection "${before.name}" was just changed by somebody else: look again`);
      await forgetAppliedElsewhere(tx, before, place);
      await announceChange(tx, env.id);
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'connection.rotate',
        project: project.name,
        env: env.name,
        detail: { connection: before.name, from: before.version, version: written.version, ...place },
        origin,
      });
      return written;
    });
    return { ...connectionAnswer(after), waitingFor };
  },
});

type Kept = Pick<Connection, 'previousSealedUrl' | 'previousVersion'>;

/** Where nobody has to follow, the rotation is over. */
const NOTHING_KEPT: Kept = { previousSealedUrl: null, previousVersion: null };

function keptOf({ sealedUrl, version }: Connection): Kept {
  return { previousSealedUrl: sealedUrl, previousVersion: version };
}

/** What a rotation under way began with: of all URLs the one that is known to work. */
function keptBy({ previousSealedUrl, previousVersion }: Connection): Kept | undefined {
  return previousSealedUrl === null ? undefined : { previousSealedUrl, previousVersion };
}

async function previousUrl(deps: Deps, project: Project, connection: Connection): Promise<string> {
  const { previousSealedUrl: sealed } = connection;
  if (sealed === null)
    throw new StkError(
      'CONFLICT',
      `No rotation of the connection "${connection.name}" is under way: there is nothing to undo`,
    );
  const identity = identityOf(project, connection);
  return await openForProject({ deps, db: deps.store.db, projectId: project.id, identity, sealed });
}

function identityOf(project: Project, { envId, id }: Connection): string {
  return connectionUrlIdentity({ projectId: project.id, envId, connectionId: id });
}
