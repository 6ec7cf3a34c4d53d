import type { Json, Principal } from '@santokit/contract';
import type { CancelSignal, Database } from '@santokit/engine';
import { type CallOutcome, callEach, callTogether, type ServedRelease, transactPlainly } from '../call/index.ts';
import { parseBatch } from './parse-batch.ts';

export interface AcceptedBatch {
  readonly served: ServedRelease;
  readonly databases: ReadonlyMap<string, Database>;
  readonly principal: Principal;
  readonly env: string;
  readonly nowMs: number;
  readonly signal: CancelSignal;
  readonly requestId: string;
  /** Told of each call when it is done. */
  readonly onOutcome: (outcome: CallOutcome) => void;
}

/** The answer of a batch. @throws StkError what is wrong with it as a whole, or the first error of its transaction */
export async function answerBatch(accepted: AcceptedBatch, body: Json): Promise<string> {
  const { calls, transaction } = parseBatch(body, accepted.served.limits);
  if (!transaction) return await callEach({ ...accepted, calls });
  return await callTogether({ ...accepted, calls, transact: transactPlainly });
}
