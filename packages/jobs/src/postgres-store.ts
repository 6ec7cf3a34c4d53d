import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BackendFactory,
  createPostgresBackend,
  type IQueueBackend,
  PostgresConnection,
  type PostgresPoolConfig,
} from 'bullmq';
import type { JobStore, StoreConnection } from './job-store.ts';

const CONNECT_TIMEOUT_MS = 3_000;
/** Of each queue and each worker, besides the one on which a worker listens. */
const MOST_CONNECTIONS = 2;
/** Within the database of the URL. */
const SCHEMA = 'santokit_jobs';
/** A worker asks again at once when asking failed; this keeps it from doing so thousands of times a second. */
const AFTER_FAILURE_MS = 500;

/** Queues in a schema of a PostgreSQL database, at `postgres://…`; the schema is made when it is missing. */
export function postgresStore(url: string): JobStore {
  const config: PostgresPoolConfig = {
    connectionString: url,
    schema: SCHEMA,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  };
  // The library types the connections of its first backend where any backend's are taken.
  const connection = config as StoreConnection['connection'];
  return {
    asking: { connection, createBackend: createPostgresBackend as unknown as BackendFactory<IQueueBackend> },
    working: { connection, createBackend: createPatientBackend as unknown as BackendFactory<IQueueBackend> },
    async prepare() {
      const once = new PostgresConnection({ ...config, max: 1, migrate: true });
      try {
        await once.waitUntilReady();
      } finally {
        await once.close();
      }
    },
    close() {
      // Each queue and worker closes its own connections.
    },
  };
}

const createPatientBackend: typeof createPostgresBackend = (...options) => {
  const backend = createPostgresBackend(...options);
  const take = backend.moveToActive.bind(backend);
  const wait = backend.waitForJob.bind(backend);
  backend.moveToActive = (...args) => slowly(() => take(...args));
  backend.waitForJob = (...args) => slowly(() => wait(...args));
  return backend;
};

async function slowly<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    await sleep(AFTER_FAILURE_MS);
    throw error;
  }
}
