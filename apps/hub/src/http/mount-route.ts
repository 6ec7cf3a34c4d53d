import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ErrorCode } from '@santokit/contract';
import type { Context } from 'hono';
import { z } from 'zod';
import { isNotKnown } from '../access/not-known.ts';
import { hasEntry } from '../audit/append-audit.ts';
import { recordRefusal } from '../audit/record-refusal.ts';
import type { Deps } from '../deps.ts';
import type { Admission } from './admission.ts';
import { admit } from './admit.ts';
import { errorBodySchema } from './error-body-schema.ts';
import type { HubEnv } from './hub-env.ts';
import { originOf } from './origin-of.ts';
import { RedirectTo } from './redirect-to.ts';
import type { HubRoute } from './route.ts';
import { toAnswerError } from './to-answer-error.ts';

/** Serves a route and describes it in the OpenAPI document, both from the schemas that it declares. */
export function mountRoute(app: OpenAPIHono<HubEnv>, deps: Deps, route: HubRoute): void {
  app.on([route.method], [route.path.replace(/\{(\w+)\}/g, ':$1')], (context) => answer(deps, route, context));
  describe(app, route);
}

async function answer(deps: Deps, route: HubRoute, context: Context<HubEnv>): Promise<Response> {
  const origin = originOf(context);
  const admission: Admission = { origin, actor: null, project: null, env: null, detail: {} };
  context.set('admission', admission);
  // Whatever it is, it is for whoever asked, and as it is now.
  context.header('cache-control', 'no-store');
  try {
    const data = await route.handle(await admit(deps, route, context, admission));
    return data instanceof RedirectTo ? context.redirect(data.url, 302) : context.json({ data }, route.status);
  } catch (thrown) {
    const error = toAnswerError(thrown);
    // What was done before it was refused has an entry, which says so.
    if ((REFUSALS.has(error.code) || isNotKnown(error)) && !hasEntry(origin))
      await recordRefusal(deps, {
        action: route.audit ?? 'access.refuse',
        error,
        ...admission,
        // The log knows no end users: what they do is the Hub's.
        actorType: isOfEndUsers(route) ? 'system' : 'operator',
        detail: { route: route.name, ...admission.detail },
      });
    throw error;
  }
}

/** Answers that mean "you may not" rather than "I do not understand". */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'UNAUTHORIZED',
  'FORBIDDEN',
  'CONFLICT',
  'SCHEMA_DRIFT',
  'DESTRUCTIVE_CHANGE',
  'RELEASE_BLOCKED',
  'TOO_MANY_REQUESTS',
]);

function isOfEndUsers({ path }: HubRoute): boolean {
  return path.startsWith('/endusers/') || path.startsWith('/oidc/');
}

function describe(app: OpenAPIHono<HubEnv>, route: HubRoute): void {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  app.openAPIRegistry.registerPath({
    method: route.method.toLowerCase() as Lowercase<HubRoute['method']>,
    path: route.path,
    operationId: route.name,
    summary: route.summary,
    description: `Least role: ${route.least}.`,
    tags: [isOfEndUsers(route) ? 'end users' : 'operators'],
    ...securityOf(route),
    request: {
      ...(names.length === 0 ? {} : { params: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))) }),
      ...(route.query === undefined ? {} : { query: route.query }),
      ...(route.body === undefined
        ? {}
        : { body: { required: true, content: { 'application/json': { schema: route.body } } } }),
    },
    responses: {
      ...(route.redirects === 'never' ? {} : { 302: { description: 'Sends the browser on' } }),
      ...(route.redirects === 'always' ? {} : { [route.status]: answerOf(route) }),
      default: { description: 'Failed', content: { 'application/json': { schema: errorBodySchema } } },
    },
  });
}

function securityOf({ least, asksForAccessToken }: HubRoute) {
  if (least !== 'public') return { security: [{ operatorToken: [] }] };
  return asksForAccessToken ? { security: [{ accessToken: [] }, { accessCookie: [] }] } : {};
}

function answerOf(route: HubRoute) {
  return {
    description: 'Done',
    content: { 'application/json': { schema: z.object({ data: route.answer }) } },
  };
}
