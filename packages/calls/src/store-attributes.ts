import type { SpanAttributes } from '@santokit/telemetry';

/** What a span that asks a bucket's store says of it; of the object nothing. @see https://opentelemetry.io/docs/specs/semconv/object-stores/s3/ */
export function storeAttributes(bucket: string, operation: string): SpanAttributes {
  return { 'rpc.system': 'aws-api', 'rpc.service': 'S3', 'rpc.method': operation, 'stk.bucket': bucket };
}
