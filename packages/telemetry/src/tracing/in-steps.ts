import { TraceSteps } from './trace-steps.ts';
import type { TraceSpan } from './tracing.ts';

/** Does work whose steps are told to `span`, if there is one; of the last step, too, how it ended. */
export async function inSteps<T>(
  span: TraceSpan | undefined,
  work: (steps: TraceSteps | undefined) => Promise<T>,
): Promise<T> {
  if (span === undefined) return await work(undefined);
  const steps = new TraceSteps(span);
  try {
    const result = await work(steps);
    steps.leave();
    return result;
  } catch (thrown) {
    steps.fail(thrown);
    throw thrown;
  }
}
