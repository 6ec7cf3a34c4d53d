import { connectionSchema } from '@santokit/contract';
import { route } from '../http/route.ts';
import { connectionAnswer } from './connection-answer.ts';
import { findConnection } from './find-connections.ts';

export const showConnectionRoute = route({
  name: 'connectionShow',
  summary: 'A connection: host, database and user, never the password',
  least: 'admin',
  answer: connectionSchema,
  async handle({ deps, params, env }) {
    return connectionAnswer(await findConnection(deps.store.db, env, params.name));
  },
});
