// Turns what a program does into logs and metrics.
export { Counter, Gauge, Histogram, Registry } from 'prom-client';
export * from './answer-broken-requests.ts';
export * from './http-metrics.ts';
export * from './line-log.ts';
export * from './logger.ts';
export * from './recent-lines.ts';
export * from './request-id.ts';
export * from './shown-line.ts';
export * from './trace-id.ts';
