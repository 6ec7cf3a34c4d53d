import { type TraceSpan, traceIdOf } from '@santokit/telemetry';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Deps } from '../deps.ts';
import type { HubEnv } from './hub-env.ts';

/** Counts, times and logs every request; by the path's template, for what a caller wrote may be anything. */
export function observe(deps: Deps): MiddlewareHandler<HubEnv> {
  return async (context, next) => {
    const startedMs = performance.now();
    const traceparent = context.req.header('traceparent');
    const trace = UNTRACED.has(context.req.path) ? undefined : deps.tracing?.request('hub.request', traceparent);
    const traceId = trace?.traceId ?? traceIdOf(traceparent);
    context.set('traceId', traceId);
    context.set('traceparent', trace?.span?.traceparent);
    await next();
    const durationMs = performance.now() - startedMs;
    const path =
      matchedRoutes(context).findLast(
        (route) => route.path !== '/*' && route.path !== '*' && !route.path.endsWith('/*'),
      )?.path ?? 'unknown';
    const { status } = context.res;
    const { project, env } = context.get('admission') ?? { project: null, env: null };
    deps.metrics.http.observe({ path, status, durationMs });
    const { method } = context.req;
    if (trace?.span !== undefined) endSpan(trace.span, { method, path, status, project, env });
    deps.logger.info(
      {
        requestId: context.get('requestId'),
        ...(traceId === undefined ? {} : { traceId }),
        method,
        path,
        status,
        ...(project === null ? {} : { project }),
        ...(env === null ? {} : { env }),
        durationMs: Math.round(durationMs * 10) / 10,
      },
      'Answered',
    );
  };
}

/** Asked by machines all the time. */
const UNTRACED: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly project: string | null;
  readonly env: string | null;
}

/** Nothing of bodies, headers and queries, which hold secrets. */
function endSpan(span: TraceSpan, { method, path, status, project, env }: Answered): void {
  span.set({
    'http.request.method': method,
    'http.route': path,
    'http.response.status_code': status,
    'stk.project': project ?? undefined,
    'stk.env': env ?? undefined,
  });
  span.end(status >= 500 ? String(status) : undefined);
}
