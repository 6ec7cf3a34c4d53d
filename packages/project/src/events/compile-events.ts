import {
  type CompiledEvents,
  type CompiledSubscription,
  type CompiledTopic,
  type CompiledTrigger,
  MOST_SUBSCRIPTIONS_OF_TOPIC,
  MOST_TOPICS,
  type Problem,
  type Schema,
} from '@santokit/contract';
import { didYouMean } from '../did-you-mean.ts';
import type { EventsSource, SubscriptionSource, TopicSource, TriggerSource } from '../events-source.ts';
import type { PublishSource } from '../logic-source.ts';
import type { Located, Position } from '../yaml-file.ts';
import { mappingFault } from './mapping-fault.ts';

export interface EventsContext {
  readonly schema: Schema;
  /** The names of all logic, without `logics/`. */
  readonly logics: readonly string[];
  /** Topics that the permissions name. */
  readonly ruled: readonly Located[];
  /** What SQL logic publishes. */
  readonly published: readonly PublishSource[];
}

/** Puts topics, subscriptions and triggers together; undefined where there are none. Adds what does not fit to `problems`. */
export function compileEvents(
  source: EventsSource,
  context: EventsContext,
  problems: Problem[],
): CompiledEvents | undefined {
  const { topics, subscriptions, triggers } = source;
  const compiled = new EventsCompiler(source, context, problems).compile();
  return topics.length + subscriptions.length + triggers.length === 0 ? undefined : compiled;
}

class EventsCompiler {
  readonly #source: EventsSource;
  readonly #context: EventsContext;
  readonly #problems: Problem[];
  readonly #topics: Readonly<Record<string, CompiledTopic>>;

  constructor(source: EventsSource, context: EventsContext, problems: Problem[]) {
    this.#source = source;
    this.#context = context;
    this.#problems = problems;
    this.#topics = Object.fromEntries(source.topics.map(({ name, topic }) => [name.value, topic]));
  }

  compile(): CompiledEvents {
    const { topics, subscriptions, triggers } = this.#source;
    this.#requireUnique(topics);
    this.#requireUnique(subscriptions);
    this.#requireFew();
    for (const topic of this.#context.ruled) this.#topicNamed(topic);
    for (const each of this.#context.published) this.#publish(each);
    return {
      topics: this.#topics,
      subscriptions: Object.fromEntries(subscriptions.map((each) => [each.name.value, this.#subscription(each)])),
      triggers: triggers.map((each) => this.#trigger(each)).toSorted(byIdentity),
    };
  }

  #subscription({ topic, handler, orderBy, subscription }: SubscriptionSource): CompiledSubscription {
    const fields = this.#topicNamed(topic)?.schema;
    if (!this.#context.logics.includes(handler.value))
      this.#report(
        handler,
        `There is no logic "logics/${handler.value}"${didYouMean(handler.value, this.#context.logics)}`,
      );
    if (orderBy !== undefined && fields !== undefined && !Object.hasOwn(fields, orderBy.value))
      this.#report(orderBy, noField(topic, orderBy, fields));
    return {
      topic: topic.value,
      handler: handler.value,
      ...subscription,
      ...(orderBy === undefined ? {} : { orderBy: orderBy.value }),
    };
  }

  #publish({ topic, mapping }: PublishSource): void {
    const fields = this.#topicNamed(topic)?.schema;
    if (fields === undefined) return;
    for (const { field } of mapping)
      if (!Object.hasOwn(fields, field.value)) this.#report(field, noField(topic, field, fields));
    this.#requireAll(
      topic,
      fields,
      mapping.map(({ field }) => field.value),
    );
  }

  #trigger({ at, on, table: tableName, topic, mapping }: TriggerSource): CompiledTrigger {
    const { schema } = this.#context;
    const fields = topic === undefined ? undefined : this.#topicNamed(topic)?.schema;
    const table =
      tableName !== undefined && Object.hasOwn(schema, tableName.value) ? schema[tableName.value] : undefined;
    if (tableName !== undefined && table === undefined)
      this.#report(
        tableName,
        `Table "${tableName.value}" is not declared${didYouMean(tableName.value, Object.keys(schema))}`,
      );
    else if (tableName !== undefined && table?.view === true)
      this.#report(tableName, `"${tableName.value}" is a view, which nobody writes`);
    if (table !== undefined && topic !== undefined && fields !== undefined) {
      for (const { field, column } of mapping) {
        const fault = mappingFault({ table, topic: topic.value, fields, field: field.value, column: column.value });
        if (fault !== undefined) this.#report(fault.of === 'field' ? field : column, fault.message);
      }
      this.#requireAll(
        at,
        fields,
        mapping.map(({ field }) => field.value),
      );
    }
    // What is missing was reported when it was read: nothing comes of the release.
    return {
      on: on ?? 'insert',
      table: tableName?.value ?? '',
      topic: topic?.value ?? '',
      mapping: Object.fromEntries(mapping.map(({ field, column }) => [field.value, column.value])),
    };
  }

  #requireAll(at: Position, fields: CompiledTopic['schema'], mapped: readonly string[]): void {
    const missing = Object.keys(fields).filter((name) => fields[name]?.nullable === false && !mapped.includes(name));
    if (missing.length > 0)
      this.#report(at, `"mapping" says nothing of ${missing.join(', ')}, which every payload must have`);
  }

  #topicNamed(name: Located): CompiledTopic | undefined {
    const topic = Object.hasOwn(this.#topics, name.value) ? this.#topics[name.value] : undefined;
    if (topic === undefined)
      this.#report(name, `There is no topic "${name.value}"${didYouMean(name.value, Object.keys(this.#topics))}`);
    return topic;
  }

  #requireUnique(sources: readonly Pick<TopicSource, 'name'>[]): void {
    const first = new Map<string, Located>();
    for (const { name } of sources) {
      const other = first.get(name.value);
      if (other === undefined) first.set(name.value, name);
      else this.#report(name, `"${name.value}" is the name of ${other.file} already`);
    }
  }

  #requireFew(): void {
    const { topics, subscriptions } = this.#source;
    const beyond = topics[MOST_TOPICS];
    if (beyond !== undefined) this.#report(beyond.name, `A project has at most ${MOST_TOPICS} topics`);
    for (const [topic, of] of Map.groupBy(subscriptions, (each) => each.topic.value)) {
      const one = of[MOST_SUBSCRIPTIONS_OF_TOPIC];
      if (one !== undefined)
        this.#report(one.name, `The topic "${topic}" has more than ${MOST_SUBSCRIPTIONS_OF_TOPIC} subscriptions`);
    }
  }

  #report({ file, line, column }: Position, message: string): void {
    this.#problems.push({ file, line, column, message });
  }
}

function noField(topic: Located, field: Located, fields: CompiledTopic['schema']): string {
  return `The topic "${topic.value}" has no field "${field.value}"${didYouMean(field.value, Object.keys(fields))}`;
}

/** What the order of files decides must not decide the hash of a release. */
function byIdentity(a: CompiledTrigger, b: CompiledTrigger): number {
  return JSON.stringify([a.table, a.on, a.topic, a.mapping]) < JSON.stringify([b.table, b.on, b.topic, b.mapping])
    ? -1
    : 1;
}
