import type { HttpBindings } from '@hono/node-server';

/** What Hono carries along with a request. `Bindings` is absent where a test calls the app without a socket. */
export interface HubEnv {
  Bindings: HttpBindings | undefined;
  Variables: { requestId: string };
}
