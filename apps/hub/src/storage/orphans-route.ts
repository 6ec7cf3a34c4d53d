import { objectSweepListSchema } from '@santokit/contract';
import { engineNamed } from '@santokit/engine';
import { findConnection } from '../connections/find-connections.ts';
import { withConnection } from '../connections/open-connection.ts';
import { route } from '../http/route.ts';
import { currentRelease } from '../schema/released-schema.ts';

export const storageOrphansRoute = route({
  name: 'storageOrphans',
  summary:
    'What the last nightly sweep of each bucket found: objects that no row names, and keys of rows without an object',
  least: 'admin',
  answer: objectSweepListSchema,
  async handle({ deps, project, env }) {
    const { connections, storage } = await currentRelease({ deps, env });
    const name = 'main' in connections ? 'main' : Object.keys(connections).toSorted()[0];
    if (storage === undefined || name === undefined) return { items: [] };
    const connection = await findConnection(deps.store.db, env, name);
    const { objectSweeps } = engineNamed(connection.engine);
    const sweeps = await withConnection({ deps, project, connection }, (database) =>
      objectSweeps.list(database, `${project.name}/${env.name}`),
    );
    // Buckets that are no more are left out.
    return { items: sweeps.filter(({ bucket }) => Object.hasOwn(storage.buckets, bucket)) };
  },
});
