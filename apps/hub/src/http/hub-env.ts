import type { HttpBindings } from '@hono/node-server';
import type { Admission } from './admission.ts';

/** What Hono carries along with a request. */
export interface HubEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    /** That it is part of. */
    traceId: string | undefined;
    /** Of its span, where it is traced. */
    traceparent: string | undefined;
    admission: Admission | undefined;
  };
}
