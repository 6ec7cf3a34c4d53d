import { errorBody, StkError, toStkError } from '@santokit/contract';
import { BatchAnswer } from './batch-answer.ts';
import type { BatchRequest } from './batch-request.ts';
import { call } from './call.ts';
import type { ServeAgain } from './serve-again.ts';

/** Calls of a batch that run at the same time: enough to fill the pipeline, too few to crowd others out of the pool. */
const CONCURRENT_CALLS = 8;

export interface EachRequest extends BatchRequest {
  readonly requestId: string;
  readonly serveAgain: ServeAgain;
}

/**
 * Runs calls that each stand alone, some at the same time, and gives their answers in order: `{"results":[…]}`, where a failed one has its
 * error.
 * @throws StkError `RESULT_TOO_LARGE` when all answers together are larger than one may be; what was called stays done
 */
export async function callEach(batch: EachRequest): Promise<string> {
  const { calls, served, signal } = batch;
  const answer = new BatchAnswer(served.limits.answerBytes);
  let next = 0;
  const workers = Array.from({ length: Math.min(CONCURRENT_CALLS, calls.length) }, async () => {
    while (next < calls.length && !answer.isTooLarge && signal?.aborted !== true) {
      const index = next++;
      answer.set(index, await resultOf(batch, index));
    }
  });
  await Promise.all(workers);
  if (signal?.aborted === true) throw new StkError('SERVICE_UNAVAILABLE', 'The caller went away');
  answer.requireSize();
  return answer.text();
}

async function resultOf(batch: EachRequest, index: number): Promise<string | Uint8Array> {
  const { path = '', params = null } = batch.calls[index] ?? {};
  const request = { ...batch, path, params };
  try {
    const { body, planHit } = await call(request).catch(async (thrown: unknown) =>
      call({ ...request, ...(await batch.serveAgain(thrown, batch.served)) }),
    );
    batch.onOutcome(planHit === undefined ? { path } : { path, planHit });
    return body;
  } catch (thrown) {
    const error = toStkError(thrown);
    batch.onOutcome({ path, error });
    return JSON.stringify(errorBody(error, batch.requestId));
  }
}
