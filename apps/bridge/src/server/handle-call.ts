import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Json, StkError, toStkError } from '@santokit/contract';
import { type CallOutcome, call, callInTransaction, isWrite } from '../call/index.ts';
import { authenticate, rememberedCaller } from '../credential/authenticate.ts';
import type { Deps } from '../deps.ts';
import { bodyFormatOf } from '../encoding/body-format.ts';
import { transactOnce } from '../idempotency/transact-once.ts';
import { answerBatch } from './answer-batch.ts';
import type { CallRoute } from './call-route.ts';
import { CallerPresence } from './caller-presence.ts';
import { allowReading } from './cors.ts';
import { parseCall } from './parse-call.ts';
import { readBody } from './read-body.ts';
import { type CallRecord, recordCall } from './record-call.ts';
import { sendAnswer, sendError } from './send.ts';

/** Answers one call, or one batch of them: the request path of README.md from credential to bytes. Never rejects. */
export async function handleCall(
  deps: Deps,
  request: IncomingMessage,
  response: ServerResponse,
  route: CallRoute & { readonly requestId: string },
): Promise<void> {
  const record: CallRecord = { requestId: route.requestId, startedMs: performance.now(), status: 200 };
  try {
    const body = await answer(deps, request, { response, route, record });
    allowReading(request, response, deps.targets, record.caller);
    // Most answers are sent by now; nothing is to be waited for then.
    const sending = sendAnswer(response, body, record);
    if (sending !== undefined) await sending;
  } catch (thrown) {
    const error = toStkError(thrown);
    record.status = error.status;
    record.error = error;
    allowReading(request, response, deps.targets, record.caller);
    sendError(response, error, record);
  }
  if (response.destroyed && !response.writableFinished) record.status = 499;
  recordCall(deps, record);
}

async function answer(
  { config, clock, limits, targets }: Deps,
  request: IncomingMessage,
  { response, route, record }: { response: ServerResponse; route: CallRoute; record: CallRecord },
): Promise<string | Uint8Array> {
  requirePost(request, response);
  const format = bodyFormatOf(request.headers);
  const nowMs = clock.wallMs();
  record.isAuthenticating = true;
  const { headers } = request;
  const caller =
    rememberedCaller(headers, targets, nowMs) ??
    (await authenticate({ headers, targets, nowMs, authDisabled: config.authDisabled }));
  record.isAuthenticating = false;
  record.caller = caller;
  const maxBytes = caller.target.served?.limits.bodyBytes ?? limits.bodyBytes;
  const body = await readBody(request, format, maxBytes);
  const asked = route.isBatch ? undefined : parseCall(route, body);
  record.path = asked?.path ?? 'batch';
  // Taken after everything that waits, and used before anything waits: what is swapped meanwhile is not missed.
  const { served, databases } = caller.target.snapshot();
  record.served = served;
  const { env } = caller.target.name;
  const signal = new CallerPresence(response);
  const { principal } = caller;
  const once =
    headers['idempotency-key'] === undefined
      ? undefined
      : (path: string, params: Json) => transactOnce({ headers, caller, path, params, response });
  if (asked === undefined) {
    const outcomes: CallOutcome[] = [];
    record.calls = outcomes;
    const onOutcome = (outcome: CallOutcome) => outcomes.push(outcome);
    const { requestId } = record;
    return await answerBatch({ served, databases, principal, env, nowMs, signal, requestId, onOutcome, once }, body);
  }
  const { path, params } = asked;
  const wanted = { served, databases, principal, path, params, env, nowMs, signal };
  const isOnce = once !== undefined && isWrite(served, path);
  const result = isOnce ? await callInTransaction({ ...wanted, transact: once(path, params) }) : await call(wanted);
  if (result.planHit !== undefined) record.planHit = result.planHit;
  return result.body;
}

function requirePost({ method }: IncomingMessage, response: ServerResponse): void {
  if (method === 'POST') return;
  response.setHeader('allow', 'POST');
  throw new StkError('NOT_FOUND', 'Calls are made with POST');
}
