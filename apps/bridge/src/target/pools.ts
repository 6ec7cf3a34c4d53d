import { ENGINE_NAMES, type EngineName, type InternalConnections } from '@santokit/contract';
import { type Database, engineNamed } from '@santokit/engine';

export interface PoolsOptions {
  readonly poolMax: number;
  /** Longest that any statement may run, whatever an env or a call asks for. */
  readonly statementTimeoutMs: number;
  /** How long a replaced pool may finish what it has begun. */
  readonly drainMs: number;
  /** Told of a connection that cannot be used, by name and reason. */
  readonly onProblem: (message: string, cause?: unknown) => void;
  /** Told how long each statement took. */
  readonly onStatementEnd: (connection: string, durationMs: number) => void;
}

interface Pool {
  readonly version: number;
  readonly url: string;
  readonly engine: EngineName;
  readonly database: Database;
}

type PulledConnection = InternalConnections['connections'][number];

interface FoundPool {
  readonly pool: Pool | undefined;
  /** Whether trying again would find nothing else. */
  readonly isFinal: boolean;
}

/** The pools of one env. A changed connection gets a new pool; the old one drains and closes. */
export class Pools {
  readonly #options: PoolsOptions;
  #pools: ReadonlyMap<string, Pool> = new Map();
  #databases: ReadonlyMap<string, Database> = new Map();
  readonly #closing = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: PoolsOptions) {
    this.#options = options;
  }

  /** By connection name; another map after every change. */
  get databases(): ReadonlyMap<string, Database> {
    return this.#databases;
  }

  /** Version numbers in use, by connection name. */
  versions(): Record<string, number> {
    return Object.fromEntries([...this.#pools].map(([name, { version }]) => [name, version]));
  }

  /**
   * Opens, replaces and drains pools until they are those of `connections`. One that works is replaced only by one that answers.
   * @returns false when a pool was kept because what is to replace it does not answer: try again later
   */
  async update({ connections }: InternalConnections): Promise<boolean> {
    const found = await Promise.all(
      connections.map(async (connection) => [connection.name, await this.#poolFor(connection)] as const),
    );
    const pools = new Map<string, Pool>();
    for (const [name, { pool }] of found) if (pool !== undefined) pools.set(name, pool);
    if (this.#isClosed) {
      for (const pool of pools.values()) this.#drain(pool.database, 0);
      return true;
    }
    const old = this.#pools;
    this.#pools = pools;
    this.#databases = new Map([...pools].map(([name, { database }]) => [name, database]));
    for (const [name, pool] of old) if (pools.get(name) !== pool) this.#drain(pool.database, this.#options.drainMs);
    return found.every(([, { isFinal }]) => isFinal);
  }

  /** Closes every pool, those that still drain included. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    for (const { database } of this.#pools.values()) this.#drain(database, graceMs);
    this.#pools = new Map();
    this.#databases = new Map();
    await Promise.all(this.#closing);
  }

  async #poolFor(connection: PulledConnection): Promise<FoundPool> {
    const known = this.#pools.get(connection.name);
    const isSame =
      known?.version === connection.version && known.url === connection.url && known.engine === connection.engine;
    if (isSame) return { pool: known, isFinal: true };
    const opened = this.#open(connection);
    if (opened === undefined) return { pool: known, isFinal: true };
    if (known === undefined) return { pool: opened, isFinal: true };
    try {
      await opened.database.ping();
      return { pool: opened, isFinal: true };
    } catch (cause) {
      this.#drain(opened.database, 0);
      const { name, version } = connection;
      this.#options.onProblem(
        `Connection ${name} version ${version} does not answer; version ${known.version} stays in use`,
        cause,
      );
      return { pool: known, isFinal: false };
    }
  }

  #open(connection: PulledConnection): Pool | undefined {
    const { name, url, version } = connection;
    const engine = ENGINE_NAMES.find((known) => known === connection.engine);
    if (engine === undefined) {
      this.#options.onProblem(`Connection ${name}: this Bridge does not know its engine`);
      return undefined;
    }
    try {
      const { poolMax, statementTimeoutMs, onStatementEnd } = this.#options;
      const database = engineNamed(engine).connect({
        url,
        poolMax,
        statementTimeoutMs,
        applicationName: 'santokit-bridge',
        onStatementEnd: (durationMs) => onStatementEnd(name, durationMs),
      });
      return { version, url, engine, database };
    } catch (cause) {
      this.#options.onProblem(`Connection ${name} version ${version} cannot be opened`, cause);
      return undefined;
    }
  }

  #drain(database: Database, graceMs: number): void {
    const closed = database
      .close(graceMs)
      .catch((cause: unknown) => this.#options.onProblem('A pool could not be closed', cause))
      .finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}
