import { callBridge } from './bridge-client.ts';

/** Calls over and over, and what came of them. */
export interface TrafficReport {
  readonly calls: number;
  readonly longestMs: number;
  /** What failed, in words. */
  readonly failures: readonly string[];
}

export interface TrafficOptions {
  readonly bridgeUrls: readonly string[];
  readonly apiKey: string;
  /** Makes the calls of one caller, which has the number `caller`; called again when it is done. */
  readonly round: (call: (path: string, params: unknown) => Promise<unknown>, caller: number) => Promise<void>;
  readonly callersPerBridge: number;
}

/** Callers that go on until they are stopped. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #callers: readonly Promise<void>[];
  #isOver = false;
  #calls = 0;
  #longestMs = 0;
  #failures: string[] = [];

  constructor(options: TrafficOptions) {
    this.#options = options;
    const { bridgeUrls, callersPerBridge } = options;
    this.#callers = bridgeUrls.flatMap((url, at) =>
      Array.from({ length: callersPerBridge }, (_, index) => this.#run(url, at * callersPerBridge + index)),
    );
  }

  /** What came of the calls since it was asked last. */
  take(): TrafficReport {
    const report = { calls: this.#calls, longestMs: Math.round(this.#longestMs), failures: this.#failures };
    this.#calls = 0;
    this.#longestMs = 0;
    this.#failures = [];
    return report;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#callers);
  }

  async #run(url: string, caller: number): Promise<void> {
    while (!this.#isOver) await this.#options.round((path, params) => this.#call(url, path, params), caller);
  }

  async #call(url: string, path: string, params: unknown): Promise<unknown> {
    const startedMs = performance.now();
    const outcome = await callBridge(url, path, params, { apiKey: this.#options.apiKey }).catch(String);
    this.#longestMs = Math.max(this.#longestMs, performance.now() - startedMs);
    this.#calls++;
    if (typeof outcome !== 'string' && outcome.status === 200) return outcome.body.data;
    this.#failures.push(`${path}: ${JSON.stringify(outcome)}`);
    return undefined;
  }
}
