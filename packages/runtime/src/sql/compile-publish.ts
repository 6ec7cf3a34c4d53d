import type { LogicParam, LogicPublish, Problem } from '@santokit/contract';
import type { MappingSource, SqlLogicSource } from '@santokit/project';
import { logicValue } from './logic-value.ts';

/** Compiles what a file publishes; adds names that stand for nothing to `problems`. */
export function compilePublish(
  { publish }: SqlLogicSource,
  params: ReadonlyMap<string, LogicParam> | undefined,
  problems: Problem[],
): LogicPublish[] {
  return publish.map(({ topic, mapping }) => ({
    topic: topic.value,
    mapping: Object.fromEntries(
      mapping.flatMap(({ field, value }) => {
        const mapped = mappedValue(value, params, problems);
        return mapped === undefined ? [] : [[field.value, mapped]];
      }),
    ),
  }));
}

type MappedValue = LogicPublish['mapping'][string];

function mappedValue(
  value: MappingSource['value'],
  params: ReadonlyMap<string, LogicParam> | undefined,
  problems: Problem[],
): MappedValue | undefined {
  if (value.kind === 'literal') return { from: 'literal', value: value.value };
  const known = logicValue(value.name.value, params, ['event', 'result']);
  if (!('problem' in known)) return known;
  const { file, line, column } = value.name;
  problems.push({ file, line, column, message: known.problem });
  return undefined;
}
