import { setTimeout as sleep } from 'node:timers/promises';
import { type BridgeReport, SANTOKIT_VERSION } from '@santokit/contract';
import type { Logger } from '@santokit/telemetry';
import type { HubClient } from '../hub/hub-client.ts';
import type { SharedLog } from './shared-log.ts';
import type { Targets } from './targets.ts';

export interface ReporterOptions {
  readonly hub: HubClient;
  readonly targets: Targets;
  readonly instanceId: string;
  readonly intervalMs: number;
  readonly sharedLog: SharedLog;
  readonly logger: Logger;
}

/** Changes that come together are told together. */
const GATHER_MS = 100;
/** While somebody looks at the log. */
const LOG_EVERY_MS = 1_000;

/** Tells the Hub what this Bridge serves: after changes, and every interval as a sign of life. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #stop = new AbortController();
  #wake: () => void = () => {};
  #running: Promise<void> = Promise.resolve();
  #isHeard = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Something changed that the Hub should know soon. */
  changed(): void {
    this.#wake();
  }

  /** Ends with a report of nothing, so that nobody waits for a Bridge that has gone; a Hub that is away is not waited for. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
    if (this.#isHeard) await this.#report([]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#untilChangedOrDue();
      await sleep(GATHER_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.#report(this.#options.targets.all().map((target) => target.report()));
    }
  }

  async #untilChangedOrDue(): Promise<void> {
    await new Promise<void>((resolve) => {
      const { intervalMs, sharedLog } = this.#options;
      const timer = setTimeout(resolve, sharedLog.isAsked ? Math.min(LOG_EVERY_MS, intervalMs) : intervalMs);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #report(reports: BridgeReport['targets']): Promise<void> {
    const { hub, instanceId, logger, sharedLog } = this.#options;
    try {
      const targets = sharedLog.addTo(reports);
      await hub.report({ instanceId, version: SANTOKIT_VERSION, targets });
      sharedLog.told(targets);
      this.#isHeard = true;
    } catch (error) {
      this.#isHeard = false;
      // The pollers say aloud that the Hub is away; a report that is lost is followed by the next.
      logger.debug(
        { error: error instanceof Error ? error.message : String(error) },
        'The Hub did not take the report',
      );
    }
  }
}
