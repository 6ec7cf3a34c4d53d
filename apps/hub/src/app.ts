import { OpenAPIHono } from '@hono/zod-openapi';
import { accessCookieName, SANTOKIT_VERSION, StkError } from '@santokit/contract';
import { requestId } from '@santokit/telemetry';
import { Hono } from 'hono';
import type { Deps } from './deps.ts';
import { endUserPreflight } from './end-users/preflight.ts';
import { healthApp } from './health/health-app.ts';
import type { HubEnv } from './http/hub-env.ts';
import { mountRoute } from './http/mount-route.ts';
import { observe } from './http/observe.ts';
import { renderError } from './http/render-error.ts';
import { internalApp } from './internal/internal-app.ts';
import { ROUTES } from './routes.ts';

/** The doors for operators and end users, and, unless it has a port of its own, the one for Bridges. */
export function hubApp(deps: Deps): Hono<HubEnv> {
  const app = new OpenAPIHono<HubEnv>();
  prepare(app, deps);
  app.route('/', healthApp(deps));
  const preflight = endUserPreflight(deps);
  for (const paths of ['/endusers/*', '/oidc/*']) app.use(paths, preflight);
  for (const route of ROUTES) mountRoute(app, deps, route);
  registerSecurity(app);
  const { publicUrl } = deps.config;
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Santokit Hub', version: SANTOKIT_VERSION },
    ...(publicUrl === undefined ? {} : { servers: [{ url: publicUrl }] }),
  });
  if (deps.config.internalPort === undefined) app.route('/internal', internalApp(deps));
  return app;
}

/** The door for Bridges alone, for a port that a network policy can shut off. */
export function internalOnlyApp(deps: Deps): Hono<HubEnv> {
  const app = new Hono<HubEnv>();
  prepare(app, deps);
  app.route('/', healthApp(deps));
  app.route('/internal', internalApp(deps));
  return app;
}

function prepare(app: Hono<HubEnv>, deps: Deps): void {
  app.use('*', async (context, next) => {
    context.set('requestId', requestId(context.req.header('x-request-id')));
    context.header('X-Request-Id', context.get('requestId'));
    await next();
    // A connection that is kept open for a next request would keep a Hub that stops from ending.
    if (deps.stopping.aborted) context.header('Connection', 'close');
  });
  app.use('*', observe(deps));
  // Not thrown: that would pass over what counts and logs answers.
  app.notFound((context) => renderError(deps, new StkError('NOT_FOUND', 'There is nothing at this path'), context));
  app.onError((thrown, context) => renderError(deps, thrown, context));
}

function registerSecurity({ openAPIRegistry }: OpenAPIHono<HubEnv>): void {
  const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', description }) as const;
  openAPIRegistry.registerComponent('securitySchemes', 'operatorToken', bearer('of an operator'));
  openAPIRegistry.registerComponent('securitySchemes', 'accessToken', bearer('of an end user of the env'));
  openAPIRegistry.registerComponent('securitySchemes', 'accessCookie', {
    type: 'apiKey',
    in: 'cookie',
    name: accessCookieName({ project: '<project>', env: '<env>' }),
    description: 'of an end user of the env, from a page of a listed origin',
  });
}
