import type { BackendFactory, IQueueBackend, QueueOptions, WorkerOptions } from 'bullmq';

/** One kind of store that queues may be kept in, as the library is to use it. */
export interface JobStore {
  /** For what asks and wants an answer now. */
  readonly asking: StoreConnection;
  /** For a worker, which waits for as long as it takes. */
  readonly working: StoreConnection;
  /** Resolves when the store can be used; rejects when it cannot, now. */
  prepare(): Promise<void>;
  /** After all that uses it. */
  close(): void;
}

export interface StoreConnection {
  /** What the backend makes its connections from. */
  readonly connection: QueueOptions['connection'] & WorkerOptions['connection'];
  readonly createBackend: BackendFactory<IQueueBackend>;
}
