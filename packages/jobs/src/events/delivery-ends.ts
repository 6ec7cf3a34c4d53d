import { type CompiledSubscription, MOST_EVENT_DEPTH, StkError, toStkError } from '@santokit/contract';
import { DatabaseError, type Delivery } from '@santokit/engine';
import type { TraceSpan } from '@santokit/telemetry';
import { retryDelayMs } from '../retry-delay.ts';
import { BatchSizes } from './batch-sizes.ts';
import type { OpenBreakers } from './open-breakers.ts';
import { Turns } from './turns.ts';
import type { HandleTogether, WorkerContext } from './worker-context.ts';

const MOST_ERROR_CHARACTERS = 2_000;
/** What takes longer is handled one by one. */
const MOST_TOGETHER_MS = 2_000;

/** Has deliveries handled, and writes down what came of it: what went well together with others, what failed at once. */
export class DeliveryEnds {
  readonly #context: WorkerContext;
  readonly #breakers: OpenBreakers;
  readonly #onFreed: () => void;
  readonly #sizes = new BatchSizes();
  readonly #turns = new Turns();
  #done: Delivery[] = [];
  #writing: Promise<void> | undefined;

  constructor(context: WorkerContext, breakers: OpenBreakers, onFreed: () => void) {
    this.#context = context;
    this.#breakers = breakers;
    this.#onFreed = onFreed;
  }

  /** How many of those that wait may be handled with this one. */
  mostWith(delivery: Delivery): number {
    const { subscription } = delivery;
    const isClosed = this.#breakers.closedOf([subscription]).length > 0;
    const may = isClosed && mayBeTogether(delivery) && this.#togetherOf(subscription) !== undefined;
    return may ? this.#sizes.of(subscription) : 1;
  }

  /** All of one subscription. Never rejects. */
  async handle(deliveries: readonly Delivery[]): Promise<void> {
    const subscription = deliveries[0]?.subscription ?? '';
    if (!this.#turns.areNeeded(subscription)) {
      const outcome = await this.#handleTogether(deliveries);
      if (outcome === 'handled') return;
      if (outcome === 'failed') return await this.#handleEach(deliveries);
      this.#turns.need(subscription);
      this.#sizes.contended(subscription);
    }
    await this.#turns.take(subscription, async () => {
      const outcome = await this.#handleTogether(deliveries);
      if (outcome === 'contended') this.#sizes.failed(subscription);
      if (outcome !== 'handled') await this.#handleEach(deliveries);
    });
  }

  async #handleEach(deliveries: readonly Delivery[]): Promise<void> {
    for (const [index, delivery] of deliveries.entries()) {
      if (!this.#breakers.mayTry(delivery)) return await this.#giveBack(deliveries.slice(index));
      await this.#handleAlone(delivery);
      this.#sizes.wasAlone(delivery.subscription);
    }
  }

  async #giveBack(deliveries: readonly Delivery[]): Promise<void> {
    const { database, outbox, worker } = this.#context;
    // What cannot be given back now comes back by itself.
    await outbox.release(database, { worker, ids: deliveries.map(({ id }) => id) }).catch(() => undefined);
  }

  #subscriptionNamed(name: string): CompiledSubscription | undefined {
    const subscriptions = this.#context.events()?.subscriptions ?? {};
    return Object.hasOwn(subscriptions, name) ? subscriptions[name] : undefined;
  }

  #togetherOf(name: string): HandleTogether | undefined {
    const subscription = this.#subscriptionNamed(name);
    return subscription === undefined ? undefined : this.#context.together?.(subscription);
  }

  /** Their handlers and the end of their delivery are one transaction; nothing of it stays where it is not `handled`. */
  async #handleTogether(deliveries: readonly Delivery[]): Promise<'handled' | 'contended' | 'failed'> {
    const { database, outbox, scope, worker, onEnd } = this.#context;
    const subscription = deliveries[0]?.subscription ?? '';
    const together = deliveries.length > 1 ? this.#togetherOf(subscription) : undefined;
    if (together === undefined) return 'failed';
    const ids = deliveries.map(({ id }) => id);
    const startedMs = performance.now();
    const spans = this.#spansOf(deliveries);
    let handled = 0;
    try {
      await database.transaction(
        async (transaction) => {
          const mine = await outbox.completeWithin(transaction, { scope, worker, ids, subscriptions: [subscription] });
          const events = deliveries.filter(({ id }) => mine.has(id)).map(({ event }) => event);
          handled = events.length;
          await together(transaction, events);
        },
        { timeoutMs: MOST_TOGETHER_MS },
      );
    } catch (thrown) {
      endAll(spans, thrown);
      if (isContention(thrown)) return 'contended';
      // Which of them it was is told when each is handled alone.
      this.#sizes.failed(subscription);
      return 'failed';
    }
    endAll(spans);
    this.#sizes.wentWell(subscription, performance.now() - startedMs);
    for (let index = 0; index < handled; index++) onEnd(true);
    if (this.#subscriptionNamed(subscription)?.orderBy !== undefined) this.#onFreed();
    return 'handled';
  }

  #spansOf(deliveries: readonly Delivery[]): readonly TraceSpan[] {
    const { trace } = this.#context;
    if (trace === undefined) return [];
    return deliveries.flatMap((delivery) => {
      const subscription = this.#subscriptionNamed(delivery.subscription);
      if (subscription === undefined) return [];
      return trace(delivery, { subscription, together: deliveries.length }) ?? [];
    });
  }

  async #handleAlone(delivery: Delivery): Promise<void> {
    const { handle, onEnd, trace } = this.#context;
    const { event } = delivery;
    const subscription = this.#subscriptionNamed(delivery.subscription);
    // It is of another release by now: whoever has it in force takes it when its lease is over.
    if (subscription === undefined) return;
    if (event.depth > MOST_EVENT_DEPTH) return await this.#bury(delivery, tooDeep(event.depth), true);
    const span = trace?.(delivery, { subscription, together: 1 });
    try {
      await handle(event, subscription, span);
      span?.end();
    } catch (thrown) {
      span?.end(toStkError(thrown).code);
      onEnd(false);
      return await this.#failed(delivery, subscription, thrown);
    }
    onEnd(true);
    this.#done.push(delivery);
    this.#writing ??= this.#writeDone();
  }

  /** Resolves when all that went well is written down. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** While some are written down others come. */
  async #writeDone(): Promise<void> {
    const { database, outbox, scope, worker, onProblem } = this.#context;
    while (this.#done.length > 0) {
      const done = this.#done;
      this.#done = [];
      const subscriptions = [...new Set(done.map(({ subscription }) => subscription))];
      try {
        await outbox.complete(database, { scope, worker, ids: done.map(({ id }) => id), subscriptions });
      } catch (thrown) {
        // They are handled once more when their lease is over.
        onProblem('Handled deliveries could not be completed', thrown);
      }
      this.#onFreed();
    }
    this.#writing = undefined;
  }

  async #failed(delivery: Delivery, { retry, deadLetter }: CompiledSubscription, thrown: unknown): Promise<void> {
    const { database, outbox, scope, worker, onProblem } = this.#context;
    const { id, attempts, subscription, event } = delivery;
    const error = described(thrown);
    try {
      if (await outbox.countFailure(database, scope, subscription)) this.#breakers.opened(subscription);
      if (attempts < retry.maxRetries) {
        const backoff = { minMs: retry.minBackoffMs, maxMs: retry.maxBackoffMs };
        const delayMs = retryDelayMs(backoff, attempts + 1, Math.random());
        await outbox.retry(database, { id, worker, error, delayMs });
      } else {
        if (!deadLetter) onProblem('An event was given up', thrown, { subscription, eventId: event.id });
        await this.#bury(delivery, error, deadLetter);
      }
    } catch (failure) {
      onProblem('The failure of a delivery could not be written down', failure);
    }
  }

  async #bury({ id }: Delivery, error: string, keep: boolean): Promise<void> {
    const { database, outbox, worker, onProblem } = this.#context;
    try {
      await outbox.bury(database, { id, worker, error, keep });
    } catch (thrown) {
      onProblem('A delivery could not be given up', thrown);
    }
    this.#onFreed();
  }
}

function endAll(spans: readonly TraceSpan[], thrown?: unknown): void {
  const failure = thrown === undefined ? undefined : toStkError(thrown).code;
  for (const span of spans) span.end(failure);
}

/** A lock that was not had in time, or a deadlock. */
function isContention(thrown: unknown): boolean {
  return thrown instanceof StkError
    ? thrown.code === 'QUERY_TIMEOUT'
    : thrown instanceof DatabaseError && thrown.code === '40P01';
}

/** What failed before might fail the others with it. */
export function mayBeTogether({ attempts, event }: Delivery): boolean {
  return attempts === 0 && event.depth <= MOST_EVENT_DEPTH;
}

function tooDeep(depth: number): string {
  return `Recursion stopped: this event is number ${depth} in a chain of events whose handlers published one another, at most ${MOST_EVENT_DEPTH} may`;
}

/** What an operator is to know of a failure; errors of the database hold no values. */
function described(thrown: unknown): string {
  const { code, message, cause } = toStkError(thrown);
  const reason = cause instanceof Error && !(cause instanceof StkError) ? ` (${cause.message})` : '';
  return `${code}: ${message}${reason}`.replaceAll('\0', '').slice(0, MOST_ERROR_CHARACTERS);
}
