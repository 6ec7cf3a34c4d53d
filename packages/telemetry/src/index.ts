// Turns what a program does into logs, metrics and traces.
export { Counter, Gauge, Histogram, Registry } from 'prom-client';
export * from './answer-broken-requests.ts';
export * from './http-metrics.ts';
export * from './line-log.ts';
export * from './logger.ts';
export * from './recent-lines.ts';
export * from './request-id.ts';
export * from './shown-line.ts';
export * from './trace-id.ts';
export * from './tracing/in-span.ts';
export * from './tracing/in-steps.ts';
export * from './tracing/open-tracing.ts';
export * from './tracing/trace-steps.ts';
export * from './tracing/trace-variables.ts';
export * from './tracing/tracing.ts';
