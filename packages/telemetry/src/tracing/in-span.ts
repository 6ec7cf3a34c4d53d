import { toStkError } from '@santokit/contract';
import type { TraceSpan } from './tracing.ts';

/** Does work and ends its span, with the code of what was thrown if anything was. */
export async function inSpan<T>(span: TraceSpan, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    span.end();
    return result;
  } catch (thrown) {
    span.end(toStkError(thrown).code);
    throw thrown;
  }
}
