import { type CompiledEvents, type CompiledRelease, type CompiledRule, type Json, StkError } from '@santokit/contract';
import { compilePayloadCheck, type Engine, engineNamed, type Payload, type TriggerContext } from '@santokit/engine';

/** A topic that is ready to be published to. */
export interface ServedTopic {
  readonly name: string;
  /** @throws StkError `SCHEMA_VALIDATION_FAILED`, `PAYLOAD_TOO_LARGE` */
  readonly check: (payload: Json) => Payload;
  /** Who may publish by call; none: nobody. */
  readonly rules: readonly CompiledRule[];
}

/** The events of a release. */
export interface ServedEvents {
  readonly compiled: CompiledEvents;
  readonly project: string;
  readonly topics: ReadonlyMap<string, ServedTopic>;
  readonly triggers: TriggerContext | undefined;
  /** Where events are kept that no row and no logic causes. */
  readonly connection: string;
  readonly engine: Engine;
}

/** Undefined where the release has none. @throws StkError when they cannot be served */
export function eventsOf(
  { events, permissions, connections }: CompiledRelease,
  project: string,
): ServedEvents | undefined {
  if (events === undefined) return undefined;
  const connection = 'main' in connections ? 'main' : Object.keys(connections).toSorted()[0];
  const engine = connection === undefined ? undefined : connections[connection]?.engine;
  if (connection === undefined || engine === undefined)
    throw new StkError('BAD_REQUEST', 'The release has events but no connection to keep them in');
  const topics = Object.entries(events.topics).map(([name, topic]): [string, ServedTopic] => [
    name,
    { name, check: compilePayloadCheck(topic), rules: permissions.events?.[name]?.publish ?? [] },
  ]);
  const { triggers } = events;
  return {
    compiled: events,
    project,
    topics: new Map(topics),
    triggers:
      triggers.length === 0
        ? undefined
        : { project, triggers: Map.groupBy(triggers, ({ table }) => table), topics: events.topics },
    connection,
    engine: engineNamed(engine),
  };
}
