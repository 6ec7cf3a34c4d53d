import { Counter, Histogram, type Registry } from 'prom-client';

/** Counts and times the requests of one program: `stk_<program>_requests_total`, `stk_<program>_request_duration_seconds`. */
export interface HttpMetrics {
  /** `path` is a template (`db/posts/select`), never what the caller sent. */
  observe(request: { readonly path: string; readonly status: number; readonly durationMs: number }): void;
}

/** Registers the request metrics of `program`. */
export function createHttpMetrics(registry: Registry, program: 'hub' | 'bridge'): HttpMetrics {
  const labelNames = ['path', 'status'] as const;
  const requests = new Counter({
    name: `stk_${program}_requests_total`,
    help: 'Requests answered',
    labelNames,
    registers: [registry],
  });
  const durations = new Histogram({
    name: `stk_${program}_request_duration_seconds`,
    help: 'Time from the first byte of a request to the last byte of its answer',
    labelNames: ['path'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return {
    observe({ path, status, durationMs }) {
      requests.inc({ path, status: String(status) });
      durations.observe({ path }, durationMs / 1_000);
    },
  };
}
