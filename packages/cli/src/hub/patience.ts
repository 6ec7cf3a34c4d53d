import type { HUB_ROUTES } from '@santokit/contract';

type Route = keyof typeof HUB_ROUTES;

const MINUTE_MS = 60_000;
/** What walks through whole databases, or waits for Bridges. */
const SLOW: ReadonlySet<Route> = new Set([
  'auditVerify',
  'connectionRotate',
  'hubRotateMasterKey',
  'permissionsImpact',
  'releasePromote',
  'releaseRollback',
  'schemaDrift',
  'schemaPlan',
  'schemaPull',
  'schemaVerify',
  'userExport',
]);

/** How long an answer of the Hub is waited for, in milliseconds. */
export function patienceMs(route: Route): number {
  // An index on a table of any size is built for up to six hours, and there may be more to do.
  if (route === 'apply') return 12 * 60 * MINUTE_MS;
  return SLOW.has(route) ? 15 * MINUTE_MS : MINUTE_MS;
}
