import { TRIGGER_OPERATIONS } from '@santokit/contract';
import type { TriggerSource } from '../events-source.ts';
import { readRoot } from '../read-versioned-root.ts';
import type { YamlFile } from '../yaml-file.ts';
import { EventMembers } from './event-members.ts';

/** Reads a file of `events/triggers/`. */
export function readTrigger(file: YamlFile): TriggerSource | undefined {
  const keys = ['description', 'on', 'table', 'topic', 'mapping'];
  const all = readRoot(file, 'the trigger', keys);
  if (all === undefined) return undefined;
  const members = new EventMembers(file, all, 'trigger');
  const on = members.has('on')
    ? file.readChoice(members.node('on'), '"on"', TRIGGER_OPERATIONS)
    : file.report(file.root, `A trigger needs "on": ${TRIGGER_OPERATIONS.join(', ')}`);
  const [table, topic] = [members.text('table'), members.text('topic')];
  const mapped = members.has('mapping') ? file.readMembers(members.node('mapping'), '"mapping"') : undefined;
  const mapping = [...(mapped?.values() ?? [])].flatMap(({ key: field, value }) => {
    const column = file.readText(value, `"mapping.${field.value}"`);
    return column === undefined ? [] : [{ field, column }];
  });
  return { at: file.positionOf(file.root), on, table, topic, mapping };
}
