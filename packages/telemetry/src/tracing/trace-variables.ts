import { z } from 'zod';

/** Where traces go, and how many. */
export interface TraceSettings {
  /** Where a collector takes OTLP over HTTP, such as `http://collector:4318/v1/traces`. */
  readonly url: string;
  /** Share of the requests that are traced, of those whose caller does not say: 0 to 1. */
  readonly sampleRate: number;
}

const OTLP_PATH = '/v1/traces';

/** The variables about traces, which all programs have in common. */
export const traceVariables = {
  STK_OTEL_ENABLED: z.enum(['true', 'false'], { error: 'is neither true nor false' }).default('false'),
  // A key in it would be in whatever tells where traces go.
  STK_OTEL_ENDPOINT: z
    .url({ protocol: /^https?$/, hostname: /./, error: 'is not an http or https URL' })
    .refine(isPlain, 'has a user, a query or a fragment: keys of a collector go into OTEL_EXPORTER_OTLP_HEADERS')
    .optional(),
  STK_OTEL_SAMPLE_RATE: z
    .string()
    .regex(/^(0|1|[01]?\.\d{1,15})$/, 'is not a number from 0 to 1')
    .transform(Number)
    .refine((rate) => rate <= 1, 'is not a number from 0 to 1')
    .default(0.1),
};

interface TraceValues {
  readonly STK_OTEL_ENABLED: 'true' | 'false';
  readonly STK_OTEL_ENDPOINT?: string | undefined;
  readonly STK_OTEL_SAMPLE_RATE: number;
}

/** What the variables say; undefined: nothing is traced. */
export function traceSettingsOf(values: TraceValues): TraceSettings | undefined {
  const { STK_OTEL_ENABLED: enabled, STK_OTEL_ENDPOINT: endpoint, STK_OTEL_SAMPLE_RATE: sampleRate } = values;
  if (enabled === 'false' || endpoint === undefined) return undefined;
  const url = new URL(endpoint);
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith(OTLP_PATH) ? path : path + OTLP_PATH;
  return { url: url.href, sampleRate };
}

/** What is wrong with the variables together, each being fine by itself; one line per variable. */
export function traceProblems(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const { STK_OTEL_ENABLED: enabled, STK_OTEL_ENDPOINT: endpoint = '' } = environment;
  return enabled === 'true' && endpoint.trim() === ''
    ? ['STK_OTEL_ENDPOINT is not set, but STK_OTEL_ENABLED is true']
    : [];
}

function isPlain(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password } = new URL(text);
  return username === '' && password === '' && !/[?#]/.test(text);
}
