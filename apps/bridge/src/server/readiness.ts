import type { Targets } from '../target/targets.ts';

export interface Readiness {
  readonly ok: boolean;
  /** Why not; absent when it is. */
  readonly reason?: string;
}

/** Databases are asked at most this often, however often readiness is. */
const PING_EVERY_MS = 1_000;

/** Says whether this Bridge can serve: releases loaded and current, databases reachable. */
export class ReadinessCheck {
  readonly #targets: Targets;
  #pings: { readonly atMs: number; readonly unreachable: Promise<string | undefined> } | undefined;

  constructor(targets: Targets) {
    this.#targets = targets;
  }

  async check(): Promise<Readiness> {
    const reason = this.#notServing() ?? (await this.#unreachable());
    return reason === undefined ? { ok: true } : { ok: false, reason };
  }

  #notServing(): string | undefined {
    if (!this.#targets.isListed) return 'The Hub did not say yet what may be served';
    for (const { name, state } of this.#targets.all()) {
      // On demand, an env to which nothing was applied yet is no fault of this Bridge.
      if (state === 'EXPIRED' || (state === 'EMPTY' && !this.#targets.isOnDemand))
        return `${name.project}/${name.env} is ${state}`;
    }
    return undefined;
  }

  async #unreachable(): Promise<string | undefined> {
    const nowMs = performance.now();
    if (this.#pings === undefined || nowMs - this.#pings.atMs > PING_EVERY_MS)
      this.#pings = { atMs: nowMs, unreachable: this.#ping() };
    return await this.#pings.unreachable;
  }

  async #ping(): Promise<string | undefined> {
    const pings = this.#targets.all().flatMap(({ name, databases }) =>
      [...databases].map(async ([connection, database]) => {
        try {
          await database.ping();
          return undefined;
        } catch {
          return `The database ${connection} of ${name.project}/${name.env} does not answer`;
        }
      }),
    );
    return (await Promise.all(pings)).find((reason) => reason !== undefined);
  }
}
