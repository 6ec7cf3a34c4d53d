import type { Json, Principal } from '@santokit/contract';

/** What a function is called with. */
export interface FunctionStart {
  /** The export of its file. */
  readonly export: string;
  readonly params: Json;
  readonly auth: Principal;
  readonly env: string;
  readonly event?: Json;
  /** Longest text of a result, in UTF-16 code units. */
  readonly answerChars: number;
}

/** What a function asks of the Bridge; answered under the same number. */
export type FunctionOperation =
  | { readonly kind: 'query' | 'exec'; readonly op: number; readonly sql: string; readonly params: readonly Json[] }
  | { readonly kind: 'call'; readonly op: number; readonly path: string; readonly params: Json }
  | { readonly kind: 'publish'; readonly op: number; readonly topic: string; readonly payload: Json };

export interface FunctionLogLine {
  readonly kind: 'log';
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields?: Json;
}

/** Why a function did not return. */
export type FunctionFailure =
  /** What the caller sent does not fit the schema of its arguments. */
  | { readonly type: 'args'; readonly message: string }
  /** The function refused its caller. */
  | { readonly type: 'refused'; readonly code: string; readonly message: string; readonly details?: Json }
  /** What the Bridge refused it, and it did not catch. */
  | { readonly type: 'operation'; readonly op: number; readonly stack: string }
  | { readonly type: 'too-large' }
  | { readonly type: 'thrown'; readonly name: string; readonly message: string; readonly stack: string };

/** What comes out of a sandbox, as JSON text. Whoever reads it trusts none of it. */
export type FunctionMessage =
  | FunctionOperation
  | FunctionLogLine
  | { readonly kind: 'done'; readonly result: Json }
  | { readonly kind: 'failed'; readonly failure: FunctionFailure };

/** The Bridge's answer to an operation, as it goes into the sandbox. */
export interface OperationAnswer {
  readonly op: number;
  readonly result?: Json;
  readonly error?: { readonly code: string; readonly message: string; readonly details?: Json };
}

/** To a worker process. */
export type ToWorker =
  | { readonly type: 'artifact'; readonly hash: string; readonly text: string }
  /** Makes ready to run what runs on a base that was sent. */
  | { readonly type: 'prepare'; readonly base: string }
  | {
      readonly type: 'call';
      readonly id: number;
      /** Isolates are never shared between scopes. */
      readonly scope: string;
      /** Hash of the base that the bundle runs on. */
      readonly base: string;
      readonly artifact: string;
      readonly memoryMb: number;
      /** `FunctionStart`, or the word to describe what the bundle exports, as JSON text. */
      readonly start: string;
    }
  | { readonly type: 'answer'; readonly id: number; readonly text: string }
  /** The call is over; `keep`: its isolate may serve another. */
  | { readonly type: 'end'; readonly id: number; readonly keep: boolean };

/** From a worker process. */
export type FromWorker =
  | { readonly type: 'prepared' }
  | { readonly type: 'message'; readonly id: number; readonly text: string }
  /** The sandbox of a call is gone. `memory`: it took more than it may. */
  | { readonly type: 'dead'; readonly id: number; readonly reason: 'memory' | 'error'; readonly message: string };
