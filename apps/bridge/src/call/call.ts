import { type Json, type Limits, type Principal, StkError, type TableOperation } from '@santokit/contract';
import type { Database } from '@santokit/engine';
import type { ServedRelease } from './served-release.ts';

export interface CallRequest {
  readonly served: ServedRelease;
  /** By connection name. */
  readonly databases: ReadonlyMap<string, Database>;
  readonly principal: Principal;
  /** `db/posts/select` */
  readonly path: string;
  readonly params: Json;
  readonly env: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** The Bridge's own ceilings; where the release sets a lower one, that one counts. */
  readonly limits?: Limits;
  /** Fires when the caller went away: the statement is cancelled. */
  readonly signal?: AbortSignal;
}

export interface CallAnswer {
  /** The finished JSON text `{"data":…,"meta":…}`. */
  readonly body: string | Uint8Array;
  readonly table: string;
  readonly operation: TableOperation;
  /** Whether the plan was already there. */
  readonly planHit: boolean;
}

/**
 * Runs one call from path and params to the finished answer.
 * @throws StkError for everything that can go wrong
 */
export async function call(request: CallRequest): Promise<CallAnswer> {
  throw new StkError('NOT_FOUND', `Nothing is served under ${request.path.slice(0, 200)}`);
}
