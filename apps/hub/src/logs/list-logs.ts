import { type LogItem, type LogsQuery, logLevelSchema, logListSchema, logsQuerySchema } from '@santokit/contract';
import { and, desc, eq, gte, inArray, sql } from 'drizzle-orm';
import { isOrgAdmin } from '../access/is-org-admin.ts';
import { route } from '../http/route.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import { bridgeLogLines } from '../store/tables/bridges.ts';
import { askBridges } from './ask-bridges.ts';
import { hubLines } from './hub-lines.ts';

const DEFAULT_LIMIT = 200;

export const listLogsRoute = route({
  name: 'logs',
  summary: "What the logs of the env's Bridges and of this Hub say, newest first",
  least: 'viewer',
  query: logsQuerySchema,
  answer: logListSchema,
  async handle({ deps, query, actor, project, env, signal }) {
    const place = { deps, project, env };
    await askBridges(place, query.bridge, signal);
    const ofBridges = await bridgeLines(place, query);
    const withOwn = await isOrgAdmin(deps.store.db, actor, project);
    const ofHub = query.bridge === undefined ? hubLines(place, { withOwn }) : [];
    // Lines of one moment stay in the order in which they were written.
    const items = [...ofBridges, ...ofHub.filter((item) => isAsked(item, query))].toSorted(newestFirst);
    return { items: items.slice(0, limitOf(query)) };
  },
});

async function bridgeLines({ deps, project, env }: SchemaPlace, query: LogsQuery): Promise<LogItem[]> {
  const { bridge, level, since } = query;
  const found = await deps.store.db
    .select()
    .from(bridgeLogLines)
    .where(
      and(
        eq(bridgeLogLines.envId, env.id),
        bridge === undefined ? undefined : eq(bridgeLogLines.instanceId, bridge),
        level === undefined ? undefined : inArray(sql`${bridgeLogLines.line} ->> 'level'`, levelsFrom(level)),
        since === undefined ? undefined : gte(bridgeLogLines.ts, new Date(since)),
      ),
    )
    .orderBy(desc(bridgeLogLines.ts), desc(bridgeLogLines.id))
    .limit(limitOf(query));
  return found.map(({ instanceId, seq, line }) => ({
    id: `${instanceId}_${seq}`,
    source: 'bridge' as const,
    instanceId,
    project: project.name,
    env: env.name,
    ...line,
  }));
}

function isAsked(item: LogItem, { level, since }: LogsQuery): boolean {
  return (
    (level === undefined || levelsFrom(level).includes(item.level)) &&
    (since === undefined || Date.parse(item.ts) >= Date.parse(since))
  );
}

/** A level and those that are worse. */
function levelsFrom(level: LogItem['level']): LogItem['level'][] {
  return logLevelSchema.options.slice(logLevelSchema.options.indexOf(level));
}

function newestFirst(a: LogItem, b: LogItem): number {
  return a.ts < b.ts ? 1 : a.ts > b.ts ? -1 : 0;
}

function limitOf({ limit = DEFAULT_LIMIT }: LogsQuery): number {
  return limit;
}
