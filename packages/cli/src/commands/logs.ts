import { LOG_LINES_MAX, type LogItem, logLevelSchema, logListSchema, logsQuerySchema } from '@santokit/contract';
import { usageFailure } from '../cli-failure.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { logText } from '../output/log-text.ts';
import { parseInstant } from './instant.ts';
import { logFollower } from './log-follower.ts';
import { parseRequest, parseWholeNumber } from './thing.ts';

interface LogsOptions {
  readonly bridge?: string;
  readonly level?: string;
  readonly since?: string;
  readonly limit?: number;
  readonly follow?: boolean;
}

/** As `tail -f` begins. */
const FOLLOWED_LIMIT = 10;

export const defineLogs: Define = (command, run) => {
  command
    .option('--bridge <instance>', 'only of this Bridge: stk bridge status')
    .option('--level <level>', `this and worse: ${logLevelSchema.options.join(', ')}`)
    .option('--since <when>', 'an instant, a day, or how long ago, such as 30m, 12h or 7d', parseInstant('--since'))
    .option('--limit <number>', `the newest, up to ${LOG_LINES_MAX} (default: 200)`, parseWholeNumber('--limit'))
    .option('--follow', 'go on showing what comes in')
    .action(run(showLogs));
};

async function showLogs(invocation: Invocation, options: LogsOptions): Promise<Answer | undefined> {
  const {
    bridge,
    level,
    since,
    follow,
    limit = follow === true && since === undefined ? FOLLOWED_LIMIT : undefined,
  } = options;
  if (limit === 0) throw usageFailure('--limit must be at least 1');
  const query = { bridge, level, since, limit: limit === undefined ? undefined : String(limit) };
  parseRequest(logsQuerySchema, JSON.parse(JSON.stringify(query)));
  const { hub, at } = openEnv(invocation);
  const page = async (more: Readonly<Record<string, string>> = {}): Promise<readonly LogItem[]> =>
    (await hub.call('logs', logListSchema, { at, query: { ...query, ...more } })).items;
  const items = await page();
  if (follow === true) return logFollower(invocation, { items, page });
  const lines = items.toReversed().map(logText);
  return { document: { items }, text: lines.length === 0 ? 'No lines' : lines.join('\n') };
}
