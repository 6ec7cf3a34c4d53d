import type { Json } from '@santokit/contract';
import { isScalar, type Node } from 'yaml';
import type { MappingSource, PublishSource } from '../logic-source.ts';
import type { Member, YamlFile } from '../yaml-file.ts';

const MOST_TOPICS = 20;

/** Reads `publish` of a logic file; what its names stand for is looked up when the file is compiled. */
export function readPublish(file: YamlFile, node: Node | null | undefined): PublishSource[] {
  const items = file.readItems(node, '"publish"') ?? [];
  if (items.length > MOST_TOPICS) file.report(node, `A file publishes at most ${MOST_TOPICS} events`);
  return items.flatMap((item) => {
    const members = file.readMapping(item, 'an entry of "publish"', ['topic', 'mapping']);
    if (members === undefined) return [];
    const topic = members.has('topic')
      ? file.readText(members.get('topic')?.value, '"topic"')
      : file.report(item, 'An entry of "publish" needs "topic"');
    const mapping = members.has('mapping') ? file.readMembers(members.get('mapping')?.value, '"mapping"') : undefined;
    if (topic === undefined) return [];
    return [{ topic, mapping: [...(mapping?.values() ?? [])].flatMap((member) => readMapped(file, member) ?? []) }];
  });
}

function readMapped(file: YamlFile, { key, value: node }: Member): MappingSource | undefined {
  if (!isScalar(node) && node !== null)
    return file.report(node, `"mapping.${key.value}" must be a value such as ":result.id", or a literal`);
  const value = node?.value as Json;
  if (typeof value !== 'string' || !value.startsWith(':')) return { field: key, value: { kind: 'literal', value } };
  const text = file.readText(node, `"mapping.${key.value}"`);
  return text === undefined
    ? undefined
    : { field: key, value: { kind: 'name', name: { ...text, value: value.slice(1), column: text.column } } };
}
