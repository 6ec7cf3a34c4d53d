import { allowsOrigin } from '@santokit/contract';
import { isNotNull, sql } from 'drizzle-orm';
import type { MiddlewareHandler } from 'hono';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/hub-env.ts';
import { envs } from '../store/tables/projects.ts';
import { releases } from '../store/tables/releases.ts';

/** For how long an origin that was listed goes on being allowed to ask; its answers are another matter. */
const REMEMBERED_MS = 5_000;
/** For how long a browser need not ask again. */
const MAX_AGE_SECONDS = 600;

/**
 * Answers preflights (Fetch, section 4.8) for the paths of end users: which env a request is about stands in its body, so an origin
 * may ask where any env lists it.
 */
export function endUserPreflight(deps: Deps): MiddlewareHandler<HubEnv> {
  const listedOrigins = rememberFor(REMEMBERED_MS, () => findOrigins(deps));
  return async (context, next) => {
    if (context.req.method !== 'OPTIONS') return await next();
    const origin = context.req.header('origin');
    if (origin !== undefined && allowsOrigin(await listedOrigins(), origin)) {
      context.header('Access-Control-Allow-Origin', origin);
      context.header('Access-Control-Allow-Credentials', 'true');
      context.header('Access-Control-Allow-Methods', 'GET, POST');
      context.header('Access-Control-Allow-Headers', 'authorization, content-type, x-request-id');
      context.header('Access-Control-Max-Age', String(MAX_AGE_SECONDS));
    }
    context.header('Vary', 'Origin');
    return context.body(null, 204);
  };
}

async function findOrigins({ store }: Deps): Promise<readonly string[]> {
  const found = await store.db
    .select({ origins: sql<string[] | null>`${releases.content}::json -> 'auth' -> 'origins'` })
    .from(envs)
    .innerJoin(releases, sql`${releases.id} = ${envs.currentReleaseId}`)
    .where(isNotNull(envs.currentReleaseId));
  return [...new Set(found.flatMap(({ origins }) => origins ?? []))];
}

function rememberFor<T>(ms: number, find: () => Promise<T>): () => Promise<T> {
  let known: { readonly value: Promise<T>; readonly untilMs: number } | undefined;
  return () => {
    if (known === undefined || known.untilMs <= performance.now()) {
      known = { value: find(), untilMs: performance.now() + ms };
      known.value.catch(() => {
        known = undefined;
      });
    }
    return known.value;
  };
}
