import { traceIdOf } from '@santokit/telemetry';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Deps } from '../deps.ts';
import type { HubEnv } from './hub-env.ts';

/** Counts, times and logs every request; by the path's template, for what a caller wrote may be anything. */
export function observe(deps: Deps): MiddlewareHandler<HubEnv> {
  return async (context, next) => {
    const startedMs = performance.now();
    await next();
    const durationMs = performance.now() - startedMs;
    const path =
      matchedRoutes(context).findLast(
        (route) => route.path !== '/*' && route.path !== '*' && !route.path.endsWith('/*'),
      )?.path ?? 'unknown';
    const { status } = context.res;
    const traceId = traceIdOf(context.req.header('traceparent'));
    const { project, env } = context.get('admission') ?? { project: null, env: null };
    deps.metrics.http.observe({ path, status, durationMs });
    deps.logger.info(
      {
        requestId: context.get('requestId'),
        ...(traceId === undefined ? {} : { traceId }),
        method: context.req.method,
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
