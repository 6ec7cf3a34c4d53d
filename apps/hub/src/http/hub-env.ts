import type { HttpBindings } from '@hono/node-server';
import type { Admission } from './admission.ts';

/** What Hono carries along with a request. */
export interface HubEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string; admission: Admission | undefined };
}
