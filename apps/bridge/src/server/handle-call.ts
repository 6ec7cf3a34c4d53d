import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallOutcome, call, callInTransaction, isWrite, type Serving, serveAgain } from '@santokit/calls';
import { type Json, StkError, toStkError } from '@santokit/contract';
import { TraceSteps } from '@santokit/telemetry';
import { authenticate, rememberedCaller } from '../credential/authenticate.ts';
import type { Caller } from '../credential/caller.ts';
import type { Deps } from '../deps.ts';
import { bodyFormatOf } from '../encoding/body-format.ts';
import { transactOnce } from '../idempotency/transact-once.ts';
import { type RateLimiter, requireStanding } from '../rate-limit/rate-limiter.ts';
import { answerBatch } from './answer-batch.ts';
import type { BridgeResponse } from './bridge-response.ts';
import type { CallRoute } from './call-route.ts';
import { allowReading } from './cors.ts';
import { parseCall } from './parse-call.ts';
import { readBody } from './read-body.ts';
import { type CallRecord, recordCall } from './record-call.ts';
import { sendAnswer, sendError } from './send.ts';

/** Answers one call, or one batch of them: the request path of README.md from credential to bytes. Never rejects. */
export async function handleCall(
  deps: Deps,
  request: IncomingMessage,
  response: BridgeResponse,
  route: CallRoute & { readonly requestId: string },
): Promise<void> {
  const traceparent = request.headers.traceparent?.toString();
  const trace = deps.tracing?.request('bridge.request', traceparent);
  const steps = trace?.span === undefined ? undefined : new TraceSteps(trace.span);
  const record: CallRecord = {
    requestId: route.requestId,
    traceparent,
    startedMs: performance.now(),
    trace,
    steps,
    status: 200,
  };
  try {
    const { config, clock, limits, targets, rateLimiter, admission } = deps;
    const { headers } = request;
    requirePost(request, response);
    const format = bodyFormatOf(headers);
    const nowMs = clock.wallMs();
    record.isAuthenticating = true;
    steps?.enter('bridge.auth');
    const caller =
      rememberedCaller(headers, targets, nowMs) ??
      (await authenticate({ headers, targets, nowMs, authDisabled: config.authDisabled }));
    record.isAuthenticating = false;
    record.caller = caller;
    steps?.leave();
    const visit = admission.admit(caller.target);
    response.visit = visit;
    const counting = rateLimiter.count(caller, 1);
    record.standing = counting instanceof Promise ? await counting : counting;
    requireStanding(record.standing);
    const maxBytes = caller.target.served?.limits.bodyBytes ?? limits.bodyBytes;
    const body = await readBody(request, { format, maxBytes, visit });
    const accepted: Accepted = { caller, nowMs, request, response, route, record, rateLimiter };
    const { turns } = visit.share;
    const turn = turns.begin(response);
    if (turn !== undefined) await turn;
    let answer: FinishedAnswer;
    try {
      answer = await answerOf(body, accepted);
    } catch (thrown) {
      const { served } = record;
      if (served === undefined) throw thrown;
      answer = await answerOf(body, { ...accepted, again: await serveAgain(caller.target)(thrown, served) });
    } finally {
      turns.end();
    }
    if (answer.planHit !== undefined) record.planHit = answer.planHit;
    steps?.enter('bridge.response');
    allowReading(request, response, targets, caller);
    // Most answers are sent by now; nothing is to be waited for then.
    const sending = sendAnswer(response, answer.body, record);
    if (sending !== undefined) await sending;
    steps?.leave();
  } catch (thrown) {
    const error = toStkError(thrown);
    record.status = error.status;
    record.error = error;
    steps?.fail(error);
    // The answer is short, so a flood of requests that are refused takes no room from others.
    response.leave();
    const { caller } = record;
    const heldBackMs = holdBackMs(deps, error, { caller, address: request.socket.remoteAddress ?? '' });
    if (heldBackMs > 0) await sleep(heldBackMs);
    allowReading(request, response, deps.targets, caller);
    steps?.enter('bridge.response');
    sendError(response, error, record);
    steps?.leave();
  }
  if (response.destroyed && !response.writableFinished) record.status = 499;
  recordCall(deps, record);
}

interface Accepted {
  readonly caller: Caller;
  readonly nowMs: number;
  readonly request: IncomingMessage;
  readonly response: BridgeResponse;
  readonly route: CallRoute;
  readonly record: CallRecord;
  readonly rateLimiter: RateLimiter;
  /** What it is served with where it is for the second time. */
  readonly again?: Serving;
}

/** What the body asks for. Gives the promise of whoever answers it, because one more for each request would be felt. */
function answerOf(body: Json, accepted: Accepted): Promise<FinishedAnswer> {
  const { caller, nowMs, request, response, route, record } = accepted;
  const asked = route.isBatch ? undefined : parseCall(route, body);
  record.path = asked?.path ?? 'batch';
  // Taken after everything that waits, and used before anything waits: what is swapped meanwhile is not missed.
  const { served, databases, stores, isAgain = false } = accepted.again ?? caller.target.snapshot();
  record.served = served;
  const { headers } = request;
  const { principal } = caller;
  const { env } = caller.target.name;
  const once =
    headers['idempotency-key'] === undefined
      ? undefined
      : (path: string, params: Json) => transactOnce({ headers, caller, path, params, response });
  const { requestId } = record;
  const trace = record.trace?.span;
  const common = { served, databases, stores, isAgain, principal, env, nowMs, signal: response, requestId, trace };
  if (asked === undefined) {
    const outcomes: CallOutcome[] = [];
    record.calls = outcomes;
    const onOutcome = (outcome: CallOutcome) => outcomes.push(outcome);
    // What is done once more is not counted once more.
    const count = accepted.again ? undefined : (calls: number) => countBatch(accepted, calls);
    const more = { serveAgain: serveAgain(caller.target), onOutcome, once, count };
    return answerBatch({ ...common, ...more }, body);
  }
  const { path, params } = asked;
  const wanted = { ...common, path, params };
  const isOnce = once !== undefined && isWrite(served, path);
  return isOnce ? callInTransaction({ ...wanted, transact: once(path, params) }) : call(wanted);
}

/** Each call of a batch counts; the first one did as the request. */
async function countBatch({ record, caller, rateLimiter }: Accepted, calls: number): Promise<void> {
  const { most = calls } = record.standing?.rate ?? {};
  if (calls > most)
    throw new StkError('BAD_REQUEST', `calls must be at most ${most}, because no more may be made at a time`);
  if (calls > 1) record.standing = await rateLimiter.count(caller, calls - 1);
  requireStanding(record.standing);
}

/** Finished JSON, and for a single call whether its plan was there. */
interface FinishedAnswer {
  readonly body: string | Uint8Array;
  readonly planHit?: boolean;
}

interface Refused {
  /** Undefined where no credential says who it is. */
  readonly caller: Caller | undefined;
  readonly address: string;
}

/** How long a refusal of the kinds that come in numbers is held back. */
function holdBackMs({ admission }: Deps, { code }: StkError, { caller, address }: Refused): number {
  if (caller === undefined) return code === 'UNAUTHORIZED' ? admission.holdBackStrangerMs(address) : 0;
  return code === 'SERVICE_UNAVAILABLE' || code === 'TOO_MANY_REQUESTS' ? admission.holdBackMs(caller.target) : 0;
}

function requirePost({ method }: IncomingMessage, response: ServerResponse): void {
  if (method === 'POST') return;
  response.setHeader('allow', 'POST');
  throw new StkError('NOT_FOUND', 'Calls are made with POST');
}
