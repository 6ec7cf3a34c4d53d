import type { Context } from 'hono';
import type { HubEnv } from './hub-env.ts';
import type { RequestOrigin } from './route.ts';

/** `traceparent`, W3C Trace Context, section 3.2. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/** Where a request came from. The address is the socket's: a forwarded one can be written by anybody. */
export function originOf(context: Context<HubEnv>): RequestOrigin {
  return {
    requestId: context.get('requestId'),
    traceId: TRACEPARENT.exec(context.req.header('traceparent') ?? '')?.[1] ?? null,
    ip: plainAddress(context.env?.incoming.socket.remoteAddress),
  };
}

/** `::ffff:192.0.2.1`, as a socket for both families has it, is the same address as `192.0.2.1`. */
function plainAddress(address: string | undefined): string | null {
  return address?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '') ?? null;
}
