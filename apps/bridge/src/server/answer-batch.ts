import {
  type CallOutcome,
  callEach,
  callTogether,
  type ServeAgain,
  type Serving,
  type Transact,
  transactPlainly,
} from '@santokit/calls';
import { type Json, type Principal, StkError } from '@santokit/contract';
import type { CancelSignal } from '@santokit/engine';
import { parseBatch } from './parse-batch.ts';

export interface AcceptedBatch extends Serving {
  readonly principal: Principal;
  readonly env: string;
  readonly nowMs: number;
  readonly signal: CancelSignal;
  readonly requestId: string;
  readonly serveAgain: ServeAgain;
  /** Counts its calls towards the caller's rate; absent where that was done. @throws StkError `TOO_MANY_REQUESTS` */
  readonly count: ((calls: number) => Promise<void>) | undefined;
  /** Told of each call when it is done. */
  readonly onOutcome: (outcome: CallOutcome) => void;
  /** Where the request has an idempotency key: how what it asks for is done once. */
  readonly once: ((path: string, params: Json) => Transact) | undefined;
}

/** The answer of a batch. @throws StkError what is wrong with it as a whole, or the first error of its transaction */
export async function answerBatch(accepted: AcceptedBatch, body: Json): Promise<{ readonly body: string }> {
  const { calls, transaction } = parseBatch(body, accepted.served.limits);
  await accepted.count?.(calls.length);
  const { once } = accepted;
  if (transaction)
    return { body: await callTogether({ ...accepted, calls, transact: once?.('batch', body) ?? transactPlainly }) };
  if (once === undefined) return { body: await callEach({ ...accepted, calls }) };
  throw new StkError(
    'BAD_REQUEST',
    'A batch with Idempotency-Key needs "transaction": true, because calls that each stand alone cannot be repeated as one',
  );
}
