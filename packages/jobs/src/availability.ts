import type { Logger } from '@santokit/telemetry';

/** Logs once when the store goes away and once when it is back, however often it is missed in between. */
export class Availability {
  readonly #logger: Pick<Logger, 'info' | 'warn'>;
  #isAway = false;

  constructor(logger: Pick<Logger, 'info' | 'warn'>) {
    this.#logger = logger;
  }

  missed(error: unknown): void {
    if (this.#isAway) return;
    this.#isAway = true;
    // The message of an error may hold the whole URL; its code does not.
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    this.#logger.warn({ code }, 'The store of jobs does not answer: jobs wait');
  }

  met(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#logger.info('The store of jobs answers again');
  }
}
