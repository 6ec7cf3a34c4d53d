import type { BridgeReport } from '@santokit/contract';
import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { bridgeLogLines } from '../store/tables/bridges.ts';
import { envs, projects } from '../store/tables/projects.ts';

const KEPT_MS = 3_600_000;
/** Of each env. */
const MOST_LINES = 5_000;

/** Keeps the lines of a Bridge's log that come with its report; those of an env that nobody asked about are not. */
export async function keepLines(deps: Deps, { instanceId, targets }: BridgeReport): Promise<void> {
  const reportedAt = deps.clock();
  for (const { project, env, logs = [] } of targets) {
    if (logs.length === 0) continue;
    const envId = await askedEnv(deps, project, env);
    if (envId === undefined) continue;
    const rows = logs.map(({ seq, line }) => ({ envId, instanceId, seq, ts: new Date(line.ts), line, reportedAt }));
    await deps.store.db.insert(bridgeLogLines).values(rows).onConflictDoNothing();
    await forgetBeyond(deps, envId);
  }
}

/** Forgets the lines that are an hour old. */
export async function forgetLines({ store, clock }: Deps): Promise<void> {
  const before = new Date(clock().getTime() - KEPT_MS);
  await store.db.delete(bridgeLogLines).where(lt(bridgeLogLines.reportedAt, before));
}

async function askedEnv({ store }: Deps, project: string, env: string): Promise<string | undefined> {
  const [found] = await store.db
    .select({ id: envs.id, logsWantedUntil: envs.logsWantedUntil })
    .from(envs)
    .innerJoin(projects, eq(projects.id, envs.projectId))
    .where(and(eq(projects.name, project), eq(envs.name, env)));
  return found?.logsWantedUntil === null ? undefined : found?.id;
}

async function forgetBeyond({ store }: Deps, envId: string): Promise<void> {
  const beyond = store.db
    .select({ id: bridgeLogLines.id })
    .from(bridgeLogLines)
    .where(eq(bridgeLogLines.envId, envId))
    .orderBy(sql`${bridgeLogLines.id} desc`)
    .offset(MOST_LINES);
  await store.db.delete(bridgeLogLines).where(inArray(bridgeLogLines.id, beyond));
}
