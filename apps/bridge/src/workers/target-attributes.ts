import type { SpanAttributes } from '@santokit/telemetry';
import type { Target } from '../target/target.ts';

/** What a span of work that no request waits for says of the env that it is for. */
export function targetAttributes({ name, served }: Pick<Target, 'name' | 'served'>): SpanAttributes {
  return { 'stk.project': name.project, 'stk.env': name.env, 'stk.release_id': served?.releaseId };
}
