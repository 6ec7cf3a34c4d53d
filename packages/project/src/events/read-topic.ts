import type { EventField } from '@santokit/contract';
import type { TopicSource } from '../events-source.ts';
import { readRoot } from '../read-versioned-root.ts';
import { readValueSpec, VALUE_SPEC_KEYS } from '../schema/value-spec.ts';
import type { Member, YamlFile } from '../yaml-file.ts';
import { EventMembers } from './event-members.ts';

const DAY_MS = 86_400_000;
const DEFAULT_RETENTION_MS = 7 * DAY_MS;
/** A field's name stands behind a colon in SQL, or after a dot in TypeScript. */
const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** Reads a file of `events/topics/`. */
export function readTopic(file: YamlFile): TopicSource | undefined {
  const all = readRoot(file, 'the topic', ['name', 'description', 'schema', 'retention']);
  if (all === undefined) return undefined;
  const members = new EventMembers(file, all, 'topic');
  const name = members.name('name');
  const schema = members.has('schema')
    ? readFields(file, members)
    : file.report(file.root, 'A topic needs "schema": the fields of its payloads');
  const retentionMs = members.durationMs('retention', { least: 60_000, most: 365 * DAY_MS }) ?? DEFAULT_RETENTION_MS;
  if (name === undefined || schema === undefined) return undefined;
  return { name, topic: { schema, retentionSeconds: Math.round(retentionMs / 1_000) } };
}

function readFields(file: YamlFile, members: EventMembers): Readonly<Record<string, EventField>> | undefined {
  const fields = file.readMembers(members.node('schema'), '"schema"');
  if (fields === undefined) return undefined;
  return Object.fromEntries(
    [...fields].flatMap(([name, member]) => {
      const field = readField(file, member);
      return field === undefined ? [] : [[name, field]];
    }),
  );
}

function readField(file: YamlFile, { key, value }: Member): EventField | undefined {
  if (!FIELD_NAME.test(key.value))
    return file.report(key, 'The name of a field is made of letters, digits and "_", and does not begin with a digit');
  const members = file.readMapping(value, `the field "${key.value}"`, [...VALUE_SPEC_KEYS, 'nullable', 'description']);
  if (members === undefined) return undefined;
  const spec = readValueSpec(file, members, value);
  const nullable = members.has('nullable') ? file.readBoolean(members.get('nullable')?.value, '"nullable"') : false;
  return spec === undefined ? undefined : { ...spec, nullable: nullable ?? false };
}
