import {
  type CompiledPermissions,
  type CompiledRelease,
  DEFAULT_LIMITS,
  type Json,
  type Principal,
  type Schema,
} from '@santokit/contract';
import { parseSync } from 'libpg-query';
import { call } from '../call.ts';
import { PlanCache } from '../plan-cache.ts';
import { prepareRelease, type ServedRelease } from '../served-release.ts';
import { BLOG_SCHEMA, blogRelease } from './blog.ts';
import { RecordingDatabase, type Statement } from './recording-database.ts';
import { valueHash } from './served-blog.ts';

export interface Recorded {
  /** What the database was asked; undefined where the call was refused before. */
  readonly statement?: Statement;
  readonly refusal?: string;
  readonly body?: string;
}

export interface RecordedCall {
  readonly served: ServedRelease;
  readonly principal: Principal;
  readonly path: string;
  readonly params: Json;
  /** Rows that the statement finds, all null. */
  readonly rows?: number;
}

/** The blog, or another schema, under rules, hashes and all. */
export function serveRules(
  tables: CompiledPermissions['tables'],
  schema: Schema = BLOG_SCHEMA,
  causes: Pick<CompiledRelease, 'events' | 'storage'> = {},
): ServedRelease {
  const release = { ...blogRelease(tables), ...causes, schema };
  return prepareRelease({ releaseId: 'r', contentHash: 'h', release }, DEFAULT_LIMITS, valueHash);
}

/** Makes a call for which no plan was made before, of a database that only takes note. */
export async function recordCall({ served, rows = 0, ...request }: RecordedCall): Promise<Recorded> {
  const database = new RecordingDatabase((text) => (rows === 0 ? [] : emptyRows(text, rows)));
  const unplanned = { ...served, plans: new PlanCache() };
  const outcome = await call({
    ...request,
    served: unplanned,
    databases: new Map([['main', database]]),
    env: 'dev',
    nowMs: 0,
  }).then(
    ({ body }) => ({ body: String(body) }),
    (thrown) => ({ refusal: String(thrown.code ?? thrown.stack) }),
  );
  const [statement, ...others] = database.statements;
  if (others.length > 0) throw new Error(`A call made more than one statement: ${JSON.stringify(others)}`);
  return statement === undefined ? outcome : { ...outcome, statement };
}

/** Rows of a select that counts: nulls, then whether there is a row at all, then the count. */
function emptyRows(text: string, rows: number): (string | null)[][] {
  const [{ stmt } = {}] = parseSync(text).stmts ?? [];
  const columns = stmt !== undefined && 'SelectStmt' in stmt ? (stmt.SelectStmt.targetList?.length ?? 0) : 0;
  const row = [...Array<null>(Math.max(0, columns - 2)).fill(null), 't', String(rows)];
  return Array.from({ length: rows }, () => row);
}
