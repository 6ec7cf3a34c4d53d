import type { Call } from '@santokit/contract';
import type { CallRequest } from './call.ts';
import type { CallOutcome } from './call-outcome.ts';

/** Several calls of one caller, on one release. */
export interface BatchRequest extends Omit<CallRequest, 'path' | 'params' | 'transaction'> {
  readonly calls: readonly Call[];
  /** Told of each call when it is done. */
  readonly onOutcome: (outcome: CallOutcome) => void;
}
