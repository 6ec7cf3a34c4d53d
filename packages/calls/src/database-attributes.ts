import type { SpanAttributes } from '@santokit/telemetry';

/** What a span that asks a database says of it, whatever it asks. @see https://opentelemetry.io/docs/specs/semconv/database/ */
export function databaseAttributes(connection: string): SpanAttributes {
  return { 'db.system.name': 'postgresql', 'stk.connection': connection };
}
