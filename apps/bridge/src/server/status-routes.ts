import type { HttpBindings } from '@hono/node-server';
import { errorBody, SANTOKIT_VERSION, StkError, toStkError } from '@santokit/contract';
import { Hono } from 'hono';
import type { Deps } from '../deps.ts';
import { ReadinessCheck } from './readiness.ts';

export interface StatusRoutesOptions extends Pick<Deps, 'metrics' | 'targets' | 'logger'> {
  readonly isStopping: () => boolean;
}

interface StatusEnv {
  Bindings: HttpBindings;
}

/** What is served beside calls, without a credential: how the Bridge is. */
export function statusRoutes({ metrics, targets, logger, isStopping }: StatusRoutesOptions): Hono<StatusEnv> {
  const readiness = new ReadinessCheck(targets);
  const app = new Hono<StatusEnv>();
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.get('/readyz', async (c) => {
    const ready = isStopping() ? { ok: false, reason: 'The Bridge is stopping' } : await readiness.check();
    return c.json(ready, ready.ok ? 200 : 503);
  });
  app.get('/metrics', async (c) =>
    c.body(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType }),
  );
  app.get('/version', (c) => c.json({ name: 'santokit-bridge', version: SANTOKIT_VERSION }));
  app.notFound((c) => {
    const error = new StkError('NOT_FOUND', 'Nothing is served here');
    return c.json(errorBody(error, requestIdOf(c)), 404);
  });
  app.onError((thrown, c) => {
    logger.error({ error: `${thrown.name}: ${thrown.message}` }, 'A status route failed');
    return c.json(errorBody(toStkError(thrown), requestIdOf(c)), 500);
  });
  return app;
}

/** Set on every answer before it comes here. */
function requestIdOf({ env }: { readonly env: HttpBindings }): string | undefined {
  return env.outgoing.getHeader('x-request-id')?.toString();
}
