import { connectionListSchema } from '@santokit/contract';
import { route } from '../http/route.ts';
import { connectionAnswer } from './connection-answer.ts';
import { findConnections } from './find-connections.ts';

export const listConnectionsRoute = route({
  name: 'connectionList',
  summary: "An env's connections",
  least: 'admin',
  answer: connectionListSchema,
  async handle({ deps, env }) {
    return { items: (await findConnections(deps.store.db, env)).map(connectionAnswer) };
  },
});
