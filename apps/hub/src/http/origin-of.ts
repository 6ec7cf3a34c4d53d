import type { Context } from 'hono';
import type { HubEnv } from './hub-env.ts';
import type { RequestOrigin } from './route.ts';

/** Where a request came from. The address is the socket's: a forwarded one can be written by anybody. */
export function originOf(context: Context<HubEnv>): RequestOrigin {
  return {
    requestId: context.get('requestId'),
    traceId: context.get('traceId') ?? null,
    traceparent: context.get('traceparent'),
    ip: plainAddress(context.env?.incoming.socket.remoteAddress),
  };
}

/** `::ffff:192.0.2.1`, as a socket for both families has it, is the same address as `192.0.2.1`. */
function plainAddress(address: string | undefined): string | null {
  return address?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '') ?? null;
}
