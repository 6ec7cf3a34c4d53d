import { type CompiledEvents, eventTopicDetailSchema, eventTopicListSchema } from '@santokit/contract';
import type { Backlog, Breaker, DeadLetter } from '@santokit/engine';
import { route } from '../http/route.ts';
import { currentRelease } from '../schema/released-schema.ts';
import { topicOf, withEventDatabases } from './event-databases.ts';

export const listEventTopicsRoute = route({
  name: 'eventTopicList',
  summary: 'The topics of the current release, by name',
  least: 'viewer',
  answer: eventTopicListSchema,
  async handle({ deps, env }) {
    const { events } = await currentRelease({ deps, env });
    const names = Object.keys(events?.topics ?? {}).toSorted();
    return {
      items: events === undefined ? [] : names.map((name) => topicAnswer(events, name)),
    };
  },
});

export const showEventTopicRoute = route({
  name: 'eventTopicShow',
  summary: 'What a topic is of, who subscribes to it, and how they keep up',
  least: 'viewer',
  answer: eventTopicDetailSchema,
  async handle({ deps, project, env, params }) {
    const release = await currentRelease({ deps, env });
    const events = topicOf(release, params.name);
    const states = await withEventDatabases(
      { deps, project, env },
      release,
      async ({ outbox, database, scope }): Promise<SubscriptionState> => ({
        backlog: await outbox.backlog(database, scope),
        breakers: await outbox.breakers(database, scope),
        letters: await outbox.deadLetters(database, { scope, topic: params.name }),
      }),
    );
    const topic = topicAnswer(events, params.name);
    const triggers = events.triggers.filter((each) => each.topic === params.name);
    return {
      ...topic,
      schema: { ...events.topics[params.name]?.schema },
      triggers: triggers.map(({ on, table, mapping }) => ({ on, table, mapping: { ...mapping } })),
      subscriptions: topic.subscriptions.flatMap((name) => subscriptionAnswer(events, name, states)),
    };
  },
});

interface SubscriptionState {
  readonly backlog: readonly Backlog[];
  readonly breakers: readonly Breaker[];
  readonly letters: readonly DeadLetter[];
}

function topicAnswer({ topics, subscriptions, triggers }: CompiledEvents, name: string) {
  return {
    name,
    retentionSeconds: topics[name]?.retentionSeconds ?? 0,
    subscriptions: Object.keys(subscriptions)
      .filter((subscription) => subscriptions[subscription]?.topic === name)
      .toSorted(),
    triggers: triggers.filter(({ topic }) => topic === name).length,
  };
}

function subscriptionAnswer({ subscriptions }: CompiledEvents, name: string, states: readonly SubscriptionState[]) {
  const subscription = subscriptions[name];
  if (subscription === undefined) return [];
  const { handler, retry, deadLetter, orderBy } = subscription;
  const breakers = states.flatMap((state) => state.breakers.filter((each) => each.subscription === name));
  const openedAt = breakers.find((breaker) => breaker.openedAt !== null)?.openedAt ?? null;
  const waiting = states.flatMap(({ backlog }) => backlog.filter((each) => each.name === name));
  return {
    name,
    handler: `logics/${handler}`,
    ...retry,
    deadLetter,
    orderBy: orderBy ?? null,
    waiting: waiting.reduce((sum, each) => sum + each.waiting, 0),
    deadLetters: states.flatMap(({ letters }) => letters.filter((each) => each.subscription === name)).length,
    failures: Math.max(0, ...breakers.map(({ failures }) => failures)),
    breaker: openedAt === null ? ('closed' as const) : ('open' as const),
    breakerOpenedAt: openedAt,
  };
}
