import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Transact } from '@santokit/calls';
import { type Json, StkError } from '@santokit/contract';
import type { Caller } from '../credential/caller.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { identityOf } from './identity.ts';
import { requestHash } from './request-hash.ts';

export interface OnceRequest {
  readonly headers: IncomingHttpHeaders;
  readonly caller: Caller;
  /** What is asked for. */
  readonly path: string;
  readonly params: Json;
  /** Told whether its answer is a replay, and when to come again. */
  readonly response: ServerResponse;
}

/**
 * A transaction whose answer is kept under the request's `Idempotency-Key`. It throws StkError `CONFLICT` where the key is taken.
 * @throws StkError `BAD_REQUEST` for what is no key, or params that cannot be told apart
 */
export function transactOnce({ headers, caller, path, params, response }: OnceRequest): Transact {
  const asked = { key: idempotencyKeyOf(headers), caller: identityOf(caller), requestHash: requestHash(path, params) };
  return async ({ engine, ...transaction }) => {
    const outcome = await engine.answerOnce({ ...transaction, ...asked });
    switch (outcome.kind) {
      case 'answered':
        if (outcome.isReplay) response.setHeader('idempotent-replayed', 'true');
        return outcome.answer;
      case 'running':
        response.setHeader('retry-after', '1');
        throw new StkError('CONFLICT', 'The first request with this Idempotency-Key is still running');
      case 'other_request':
        throw new StkError('CONFLICT', 'This Idempotency-Key was used for another request');
    }
  };
}
