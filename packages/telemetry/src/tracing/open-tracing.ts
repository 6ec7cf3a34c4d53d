import type { TraceSettings } from './trace-variables.ts';
import type { TracedProgram, Tracing } from './tracing.ts';

/** Opens what `settings` ask for. Without any, OpenTelemetry is not even loaded: it would take memory and time to start. */
export async function openTracing(
  settings: TraceSettings | undefined,
  program: TracedProgram,
): Promise<Tracing | undefined> {
  if (settings === undefined) return undefined;
  const { otlpTracing } = await import('./otlp-tracing.ts');
  const tracing = otlpTracing(settings, program);
  program.logger.info({ sampleRate: settings.sampleRate }, 'Requests are traced');
  return tracing;
}
