import { type CallOutcome, isPublishCall, isStorageCall, type ServedRelease } from '@santokit/calls';
import type { StkError } from '@santokit/contract';
import { type RequestTrace, type TraceSpan, type TraceSteps, traceIdOf } from '@santokit/telemetry';
import type { Caller } from '../credential/caller.ts';
import type { Deps } from '../deps.ts';
import type { Standing } from '../rate-limit/rate-limiter.ts';

/** What is known of a call so far; filled in on its way. */
export interface CallRecord {
  readonly requestId: string;
  /** The header as it came. */
  readonly traceparent: string | undefined;
  readonly startedMs: number;
  /** Undefined where nothing is traced. */
  readonly trace: RequestTrace | undefined;
  /** Undefined where this request is not traced. */
  readonly steps: TraceSteps | undefined;
  status: number;
  /** As the caller sent it. */
  path?: string;
  isAuthenticating?: boolean;
  caller?: Caller;
  served?: ServedRelease;
  /** What the caller has left of what they may call; absent where it is not counted. */
  standing?: Standing | undefined;
  planHit?: boolean;
  /** Of a batch: what came of the calls that were made. */
  calls?: readonly CallOutcome[];
  error?: StkError;
}

/** Counts and logs a call. Neither params nor credentials are among what is kept of it. */
export function recordCall(
  { metrics, logger, callLog }: Pick<Deps, 'metrics' | 'logger' | 'callLog'>,
  record: CallRecord,
): void {
  const { requestId, status, caller, served, error } = record;
  const traceId = record.trace?.traceId ?? traceIdOf(record.traceparent);
  const durationMs = Math.round((performance.now() - record.startedMs) * 1_000) / 1_000;
  const template = templateOf(record);
  metrics.http.observe({ path: template, status, durationMs });
  if (record.isAuthenticating && error !== undefined) metrics.authFailures.inc({ status: error.code.toLowerCase() });
  if (caller !== undefined) {
    if (record.calls === undefined) countForTarget(metrics, record, caller, template);
    else countCalls(metrics, record, caller);
  }
  const fields = {
    requestId,
    traceId,
    path: record.path?.slice(0, 200),
    status,
    durationMs,
    authType: caller?.type,
    ...caller?.target.name,
    releaseId: served?.releaseId,
    code: error?.code,
  };
  callLog.info(record.calls === undefined ? fields : { ...fields, ...countsOf(record.calls) }, 'call');
  if (record.trace?.span !== undefined) endSpan(record, record.trace.span, template);
  if (error !== undefined && isToBeExplained(error)) logCause(logger, { requestId, traceId }, error);
  for (const { error: failure } of record.calls ?? [])
    if (failure !== undefined && failure !== error && isToBeExplained(failure))
      logCause(logger, { requestId, traceId }, failure);
}

/** Of what the caller sent, only what the release knows. */
function endSpan({ status, caller, served, error, calls }: CallRecord, span: TraceSpan, path: string): void {
  span.set({
    'http.request.method': 'POST',
    'http.response.status_code': status,
    'stk.path': path,
    'stk.project': caller?.target.name.project,
    'stk.env': caller?.target.name.env,
    'stk.auth_type': caller?.type,
    'stk.release_id': served?.releaseId,
    'stk.batch_calls': calls?.length,
    'error.type': error?.code,
  });
  // What a caller does wrong is no error of ours (semantic conventions for HTTP servers).
  span.end(error !== undefined && status >= 500 ? error.code : undefined);
}

/** Each call of a batch counts where one alone does, except as a request. */
function countCalls(metrics: Deps['metrics'], { calls = [], served }: CallRecord, caller: Caller): void {
  for (const outcome of calls)
    countForTarget(metrics, outcome, caller, isServed(served, outcome.path) ? outcome.path : 'unknown');
}

function countsOf(calls: readonly CallOutcome[]): { readonly calls: number; readonly failed: number } {
  return { calls: calls.length, failed: calls.filter(({ error }) => error !== undefined).length };
}

function countForTarget(
  metrics: Deps['metrics'],
  outcome: Omit<CallOutcome, 'path'>,
  { target }: Caller,
  path: string,
): void {
  const { project, env } = target.name;
  if (outcome.error?.code === 'FORBIDDEN') metrics.permissionDenials.inc({ project, env, path });
  if (outcome.planHit === true) metrics.planCacheHits.inc({ project, env });
  if (outcome.planHit === false) metrics.planCacheMisses.inc({ project, env });
}

/** The path where the release serves it; what callers make up must not become a label. */
function templateOf({ path, served, calls }: CallRecord): string {
  if (calls !== undefined) return 'batch';
  return path !== undefined && isServed(served, path) ? path : 'unknown';
}

function isServed(served: ServedRelease | undefined, path: string): boolean {
  if (served === undefined) return false;
  const { routes, logics, buckets, events } = served;
  return routes.has(path) || logics.has(path) || isStorageCall(buckets, path) || isPublishCall(events, path);
}

/** Who is turned away because of a flood has a line like every call; one more for each would make the flood worse. */
function isToBeExplained({ status, code, cause }: StkError): boolean {
  // What a caller is not told of the columns of a row, whoever runs the project must be.
  if (code === 'SCHEMA_VALIDATION_FAILED') return cause !== undefined;
  return status >= 500 && (code !== 'SERVICE_UNAVAILABLE' || cause !== undefined);
}

interface RequestIds {
  readonly requestId: string;
  readonly traceId: string | undefined;
}

/** Names and places of what went wrong; a driver's error objects hold parameters, so they are not logged as they are. */
function logCause(logger: Deps['logger'], ids: RequestIds, error: StkError): void {
  const { cause } = error;
  if (cause instanceof Error) {
    const code = 'code' in cause ? String(cause.code) : undefined;
    logger.error(
      { ...ids, cause: { name: cause.name, code, message: cause.message, stack: cause.stack } },
      error.message,
    );
  } else logger.error(ids, error.message);
}
