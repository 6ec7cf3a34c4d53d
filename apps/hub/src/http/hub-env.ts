import type { HttpBindings } from '@hono/node-server';

/** What Hono carries along with a request. */
export interface HubEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string };
}
