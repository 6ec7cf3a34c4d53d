import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';

type OnResult = Parameters<SpanExporter['export']>[1];

/** Says when spans begin to be lost and when they are taken again, once each and not for each batch. */
export class ToldExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #logger: Logger;
  #isLosing = false;

  constructor(exporter: SpanExporter, logger: Logger) {
    this.#exporter = exporter;
    this.#logger = logger;
  }

  export(spans: ReadableSpan[], onResult: OnResult): void {
    this.#exporter.export(spans, ({ code, error }) => {
      this.#tell(code !== TAKEN, error);
      // The processor would write an error of its own for each batch.
      onResult({ code: TAKEN });
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  #tell(isLosing: boolean, error: Error | undefined): void {
    if (isLosing === this.#isLosing) return;
    this.#isLosing = isLosing;
    if (isLosing)
      this.#logger.warn(
        { reason: error === undefined ? undefined : reasonOf(error) },
        'Traces are lost: nobody takes them at STK_OTEL_ENDPOINT',
      );
    else this.#logger.info('Traces are taken again');
  }
}

/** `ExportResultCode.SUCCESS` of OpenTelemetry's core. */
const TAKEN = 0;

function reasonOf(error: Error): string {
  return error.message || ('code' in error && String(error.code)) || error.name;
}
