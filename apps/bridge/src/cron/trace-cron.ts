import type { CompiledCron } from '@santokit/contract';
import type { TraceSpan, Tracing } from '@santokit/telemetry';
import type { Target } from '../target/target.ts';
import { targetAttributes } from '../workers/target-attributes.ts';

export interface TracedCron {
  /** Of the run. */
  readonly id: string;
  readonly name: string;
  readonly cron: CompiledCron;
}

/** Begins to trace a run of a cron; undefined where it was not chosen to be traced. */
export function traceCron(
  tracing: Tracing,
  target: Pick<Target, 'name' | 'served'>,
  { id, name, cron }: TracedCron,
): TraceSpan | undefined {
  return tracing.work('bridge.cron', {
    kind: 'handler',
    attributes: {
      ...targetAttributes(target),
      'messaging.system': 'santokit',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': `cron/${name}`,
      'messaging.message.id': id,
      'stk.path': `logics/${cron.handler}`,
    },
  });
}
