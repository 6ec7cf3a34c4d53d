import type { CancelSignal } from '@santokit/engine';
import type { FunctionLogLine, FunctionOperation, FunctionStart } from './sandbox/messages.ts';
import type { WorkerArtifact } from './worker-process.ts';

/** One call of a function, and what it may ask of whoever makes it. */
export interface FunctionCall {
  /** Isolates are never shared between scopes: the project and env. */
  readonly scope: string;
  readonly base: WorkerArtifact;
  readonly artifact: WorkerArtifact;
  /** `describe` asks for what the bundle exports. */
  readonly start: FunctionStart | 'describe';
  readonly timeMs: number;
  readonly memoryMb: number;
  /**
   * Does what the function asks for.
   * @returns JSON text
   * @throws StkError that the function sees, and its caller when it is not caught
   */
  readonly onOperation: (operation: FunctionOperation) => Promise<string>;
  readonly onLog: (line: FunctionLogLine) => void;
  /** Called when it is its turn. */
  readonly onStart?: (() => void) | undefined;
  /** Whether others may wait for what it holds, such as an open transaction: then it does not wait for its turn. */
  readonly isUrgent?: boolean | undefined;
  /** Fires when the caller went away. */
  readonly signal?: CancelSignal | undefined;
}
