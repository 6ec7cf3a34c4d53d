import type { OutboxEntry } from '@santokit/engine';
import type { EventWorkerOptions } from '@santokit/jobs';
import type { Tracing } from '@santokit/telemetry';
import type { Target } from '../target/target.ts';
import { targetAttributes } from './target-attributes.ts';

export interface TracedOutbox {
  readonly target: Pick<Target, 'name' | 'served'>;
  readonly kind: OutboxEntry['kind'];
  readonly connection: string;
}

const HANDLED = { event: 'bridge.event', object_delete: 'bridge.object_delete' } as const;

/**
 * Traces what is done about the entries of an outbox, by their topics and ids and without what is in them: a span for each delivery that is
 * handled, of a transaction of several as for one alone, and one for each time that some are handed out.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
export function traceOutbox(
  tracing: Tracing | undefined,
  { target, kind, connection }: TracedOutbox,
): Pick<EventWorkerOptions, 'trace' | 'onHandedOut'> {
  if (tracing === undefined) return {};
  const place = () => ({ ...targetAttributes(target), 'stk.connection': connection, 'messaging.system': 'santokit' });
  return {
    trace: ({ event, subscription: name, attempts, traceparent }, { subscription, together }) =>
      tracing.work(HANDLED[kind], {
        kind: 'handler',
        cause: traceparent,
        attributes: {
          ...place(),
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.destination.name': event.topic,
          'messaging.destination.subscription.name': name,
          'messaging.message.id': event.id,
          'messaging.batch.message_count': together === 1 ? undefined : together,
          'stk.path': subscription.handler === '' ? undefined : `logics/${subscription.handler}`,
          'stk.attempt': attempts + 1,
        },
      }),
    onHandedOut: ({ entries, startedMs }) =>
      tracing
        .work('bridge.relay', {
          kind: 'upkeep',
          startedMs,
          attributes: { ...place(), 'stk.outbox_kind': kind, 'messaging.batch.message_count': entries },
        })
        ?.end(),
  };
}
