import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { answerBrokenRequests } from '@santokit/telemetry';
import type { Hono } from 'hono';
import type { HubEnv } from './hub-env.ts';

/** Longer than the 60 s of common load balancers, which else send into a socket that is just being closed. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** A server for an app, which does not listen yet. */
export function createDoor(app: Hono<HubEnv>): ServerType {
  const server = createAdaptorServer({
    fetch: app.fetch,
    // What a request is taken to be sent to that names no host: probes of load balancers still speak HTTP/1.0.
    hostname: 'localhost',
    serverOptions: { keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS },
  });
  answerBrokenRequests(server);
  return server;
}
