import {
  AUDIT_PAGE_MAX,
  type AuditItem,
  auditListSchema,
  auditQuerySchema,
  auditVerificationSchema,
} from '@santokit/contract';
import { usageFailure } from '../cli-failure.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { auditLine } from '../output/audit-text.ts';
import { withProgress } from '../output/progress.ts';
import { printable, tableText } from '../output/table-text.ts';
import { auditFollower } from './audit-follower.ts';
import { parseInstant } from './instant.ts';
import { parseRequest, parseWholeNumber } from './thing.ts';

interface LogOptions {
  readonly action?: string;
  readonly since?: string;
  readonly actor?: string;
  readonly limit?: number;
  readonly follow?: boolean;
}

const DEFAULT_LIMIT = 1_000;
/** As `tail -f` begins. */
const FOLLOWED_LIMIT = 10;

export const defineAudit: Define = (command, run) => {
  command
    .command('log')
    .description('list who did what, newest first; --env leaves out what is about other envs')
    .option('--action <action>', 'such as release.create, or release.* for all of a kind')
    .option('--since <when>', 'an instant, a day, or how long ago, such as 30m, 12h or 7d', parseInstant('--since'))
    .option('--actor <who>', 'id or email of an operator, or system, or bridge')
    .option(
      '--limit <number>',
      `how many (default: ${DEFAULT_LIMIT}; with --follow and no --since: ${FOLLOWED_LIMIT})`,
      parseWholeNumber('--limit'),
    )
    .option('--follow', 'go on showing what comes in')
    .action(run(showLog));
  command
    .command('verify')
    .description('recompute the chain of hashes and name the entries that were changed')
    .action(run(verifyLog));
};

async function showLog(invocation: Invocation, options: LogOptions): Promise<Answer | undefined> {
  const { hub, project } = openProject(invocation);
  if (options.limit === 0) throw usageFailure('--limit must be at least 1');
  parseRequest(auditQuerySchema, options.action === undefined ? {} : { action: options.action });
  const follow = options.follow === true;
  const most = options.limit ?? (follow && options.since === undefined ? FOLLOWED_LIMIT : DEFAULT_LIMIT);
  const query = { env: invocation.flags.env, action: options.action, since: options.since, actor: options.actor };
  const page = (more: Record<string, string>) =>
    hub.call('auditLog', auditListSchema, { at: { p: project }, query: { ...query, ...more } });
  const items: AuditItem[] = [];
  let next: string | undefined;
  do {
    const limit = String(Math.min(most - items.length, AUDIT_PAGE_MAX));
    const answer = await page(next === undefined ? { limit } : { limit, before: next });
    items.push(...answer.items);
    next = answer.next;
  } while (next !== undefined && items.length < most);
  if (follow) return auditFollower(invocation, { items, page });
  return {
    document: { items },
    text: tableText(['when', 'who', 'action', 'where', 'what'], items.map(auditLine), 'No entries'),
  };
}

async function verifyLog(invocation: Invocation): Promise<Answer> {
  const { hub, project } = openProject(invocation);
  const verify = () => hub.call('auditVerify', auditVerificationSchema, { at: { p: project } });
  const document = await withProgress(invocation.console, 'Verifying the audit log', verify);
  const lines = document.problems.map(({ seq, id, what }) => `entry ${seq}${id === null ? '' : ` (${id})`}: ${what}`);
  const { entries, removed, head } = document;
  const text = document.ok
    ? `The audit log is as it was written: ${entries} entries${removed > 0 ? ` after ${removed} that were removed by age` : ''}\nhead ${head?.hash ?? 'none'}`
    : ['The audit log was tampered with', ...lines].map(printable).join('\n');
  return { document, text, exitCode: document.ok ? EXIT.done : EXIT.failed };
}
