import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { parseTraceparent } from '../trace-id.ts';
import { ToldExporter } from './told-exporter.ts';
import type { TraceSettings } from './trace-variables.ts';
import type {
  AskTrace,
  LaterWork,
  RequestTrace,
  SpanAttributes,
  TracedProgram,
  TraceSpan,
  Tracing,
} from './tracing.ts';

/** So much is held while a collector does not take it; what comes on top is dropped. */
const MOST_SPANS_HELD = 8_192;
/** Of an attribute: statements can be long. */
const MOST_CHARACTERS = 8_192;
const SEND_EVERY_MS = 1_000;
const SEND_TIMEOUT_MS = 5_000;

/** Sends spans over OTLP/HTTP as JSON, behind the requests and in batches. */
export function otlpTracing({ url, sampleRate }: TraceSettings, program: TracedProgram): Tracing {
  const { service, version, instanceId, logger } = program;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: SEND_TIMEOUT_MS });
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': service,
        'service.version': version,
        'service.instance.id': instanceId,
      }),
    ),
    sampler: new ParentBasedSampler({
      root: sampleRate === 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(sampleRate),
    }),
    spanLimits: { attributeValueLengthLimit: MOST_CHARACTERS },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new ToldExporter(exporter, logger),
        maxQueueSize: MOST_SPANS_HELD,
        scheduledDelayMillis: SEND_EVERY_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('santokit', version);
  return {
    request: (name, traceparent) => requestTrace(tracer, name, traceparent),
    ask: (name, attributes) => askTrace(tracer, name, attributes),
    work: (name, work) => workSpan(tracer, name, work),
    close: (graceMs) => within(graceMs, provider.shutdown()),
  };
}

function requestTrace(tracer: Tracer, name: string, traceparent: string | undefined): RequestTrace {
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, contextOf(traceparent));
  const { traceId } = span.spanContext();
  return { traceId, span: span.isRecording() ? new OtlpSpan(tracer, span) : undefined };
}

function askTrace(tracer: Tracer, name: string, attributes: SpanAttributes): AskTrace {
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: given(attributes) }, ROOT_CONTEXT);
  return { traceparent: traceparentOf(span), span: span.isRecording() ? new OtlpSpan(tracer, span) : undefined };
}

/**
 * Part of the trace of what asked for the work, and linked to it, as the semantic conventions ask of who processes a message.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
function workSpan(
  tracer: Tracer,
  name: string,
  { kind, attributes, cause, startedMs }: LaterWork,
): TraceSpan | undefined {
  const context = contextOf(cause);
  const creation = trace.getSpanContext(context);
  const span = tracer.startSpan(
    name,
    {
      kind: kind === 'handler' ? SpanKind.CONSUMER : SpanKind.INTERNAL,
      attributes: given(attributes),
      ...(creation === undefined ? {} : { links: [{ context: creation }] }),
      ...(startedMs === undefined ? {} : { startTime: startedMs }),
    },
    context,
  );
  return span.isRecording() ? new OtlpSpan(tracer, span) : undefined;
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;
}

/** The caller's span, whose trace a request is part of. */
function contextOf(traceparent: string | undefined): Context {
  const parent = parseTraceparent(traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = parent;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

class OtlpSpan implements TraceSpan {
  readonly #tracer: Tracer;
  readonly #span: Span;

  constructor(tracer: Tracer, span: Span) {
    this.#tracer = tracer;
    this.#span = span;
  }

  get traceparent(): string {
    return traceparentOf(this.#span);
  }

  begin(name: string, attributes: SpanAttributes = {}, to?: 'database' | 'service'): TraceSpan {
    const kind = to === undefined ? SpanKind.INTERNAL : SpanKind.CLIENT;
    const options = { kind, attributes: given(attributes) };
    const span = this.#tracer.startSpan(name, options, trace.setSpan(ROOT_CONTEXT, this.#span));
    return new OtlpSpan(this.#tracer, span);
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(given(attributes));
  }

  end(failure?: string): void {
    if (failure !== undefined) {
      this.#span.setAttribute('error.type', failure);
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.#span.end();
  }
}

function given(attributes: SpanAttributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

/** A program that stops does not wait for a collector that does not answer. */
async function within(graceMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, graceMs);
  });
  // What was not taken was told of when it was not.
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
