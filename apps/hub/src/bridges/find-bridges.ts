import type { Bridge } from '@santokit/contract';
import { desc, sql } from 'drizzle-orm';
import type { Env, Project } from '../access/locate.ts';
import type { Deps } from '../deps.ts';
import { bridgeReports } from '../store/tables/bridges.ts';

/** Three times what passes at most between two requests of a Bridge that runs. */
const LIVE_WITHIN_MS = 90_000;

/** A Bridge, and whether its last report told what its log says. */
export interface ReportedBridge {
  readonly bridge: Bridge;
  readonly toldLogs: boolean;
}

/** The Bridges that last reported to serve an env, the newest instance first. */
export async function findBridges(deps: Deps, project: Project, env: Env): Promise<Bridge[]> {
  return (await findReportedBridges(deps, project, env)).map(({ bridge }) => bridge);
}

/** The same with what else is known of their reports. */
export async function findReportedBridges(
  { store, clock }: Deps,
  project: Project,
  env: Env,
): Promise<ReportedBridge[]> {
  const serves = JSON.stringify([{ project: project.name, env: env.name }]);
  const found = await store.db
    .select()
    .from(bridgeReports)
    .where(sql`${bridgeReports.targets} @> ${serves}::jsonb`)
    // An instance's id begins with the time of its start.
    .orderBy(desc(bridgeReports.instanceId));
  const liveSince = clock().getTime() - LIVE_WITHIN_MS;
  return found.flatMap(({ instanceId, version, targets, reportedAt, seenAt }): ReportedBridge[] => {
    const target = targets.find((candidate) => candidate.project === project.name && candidate.env === env.name);
    if (target === undefined || reportedAt === null) return [];
    const { project: _project, env: _env, logs, ...state } = target;
    const status = seenAt.getTime() >= liveSince ? 'live' : 'lost';
    const times = { lastSeenAt: seenAt.toISOString(), reportedAt: reportedAt.toISOString() };
    return [{ bridge: { instanceId, version, status, ...state, ...times }, toldLogs: logs !== undefined }];
  });
}
