import { type CompiledRelease, DEFAULT_LIMITS, type Limits, type VerifiedRelease } from '@santokit/contract';
import type { ValueHash } from '@santokit/engine';
import { type CallableLogic, logicsOf } from '@santokit/runtime';
import { eventsOf, type ServedEvents } from '../events/served-events.ts';
import type { FunctionRunner } from '../logic/logic-request.ts';
import { type CallRates, callRatesOf } from '../rate-limit/call-rates.ts';
import { cascadesOf, type ServedCascades } from '../storage/served-cascades.ts';
import { bucketsOf, type ServedBucket } from '../storage/served-storage.ts';
import { AccessTable } from './access.ts';
import { PlanCache } from './plan-cache.ts';
import { proveRules } from './prove-rules.ts';
import { type Route, routesOf } from './route.ts';
import { strictest } from './strictest-limits.ts';

/** A release that is ready to be called: its routes known, its rules in order, its plans kept. */
export interface ServedRelease {
  readonly releaseId: string;
  readonly contentHash: string;
  readonly release: CompiledRelease;
  /** By path, such as `db/posts/select`. */
  readonly routes: ReadonlyMap<string, Route>;
  /** By path, such as `logics/users/purchase`. */
  readonly logics: ReadonlyMap<string, CallableLogic>;
  /** By the names that the project gives them. */
  readonly buckets: ReadonlyMap<string, ServedBucket>;
  /** What runs its functions; absent where it has none. */
  readonly functions?: FunctionRunner;
  /** Undefined where the release has none. */
  readonly events: ServedEvents | undefined;
  /** Undefined where no object is deleted with a row. */
  readonly cascades: ServedCascades | undefined;
  readonly access: AccessTable;
  readonly plans: PlanCache;
  /** The Bridge's ceilings, or the release's where they are lower. */
  readonly limits: Limits;
  readonly rates: CallRates;
  /** For the values that a rule masks by hash. */
  readonly hash: ValueHash | undefined;
}

/**
 * Compiles a verified release aside, to be served within the Bridge's `limits`; `hash` is needed where a rule masks by hash. Does no
 * I/O; the result shares nothing with any other release.
 * @throws StkError when something in it cannot be served, so that it is refused before it is swapped in
 */
export function prepareRelease(
  verified: VerifiedRelease,
  limits: Limits = DEFAULT_LIMITS,
  hash?: ValueHash,
): ServedRelease {
  const { releaseId, contentHash, project = '', release } = verified;
  const routes = routesOf(release);
  proveRules(release, routes, hash);
  return {
    releaseId,
    contentHash,
    release,
    routes,
    logics: logicsOf(release),
    buckets: bucketsOf(release.storage),
    events: eventsOf(release, project),
    cascades: cascadesOf(release, project),
    access: new AccessTable(release.permissions.tables),
    plans: new PlanCache(),
    limits: strictest(limits, release.limits.ceilings),
    rates: callRatesOf(release.limits.rateLimits),
    hash,
  };
}
