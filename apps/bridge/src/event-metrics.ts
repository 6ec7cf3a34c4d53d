import type { OutboxState } from '@santokit/engine';
import { Gauge, type Registry } from '@santokit/telemetry';
import type { TargetName } from './hub/hub-client.ts';

export interface EventMetrics {
  /** Keeps how the events of a connection stand; undefined: nobody looks any more. */
  readonly outboxState: (target: TargetName, connection: string, state: OutboxState | undefined) => void;
}

/** What is counted of events. */
export function createEventMetrics(registry: Registry): EventMetrics {
  const place = { labelNames: ['project', 'env', 'connection'] as const, registers: [registry] };
  const lag = new Gauge({
    name: 'stk_events_outbox_lag_seconds',
    help: 'Age of the oldest event of which a delivery was not yet tried',
    ...place,
  });
  const deadLetters = new Gauge({ name: 'stk_events_dlq_size', help: 'Dead letters', ...place });
  return {
    outboxState: ({ project, env }, connection, state: OutboxState | undefined) => {
      const labels = { project, env, connection };
      if (state === undefined) {
        lag.remove(labels);
        deadLetters.remove(labels);
        return;
      }
      lag.set(labels, state.lagSeconds);
      deadLetters.set(labels, state.deadLetters);
    },
  };
}
