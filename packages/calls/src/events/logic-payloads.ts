import { type Json, type LogicPublish, parseJson } from '@santokit/contract';
import type { ValueSource } from '@santokit/runtime';
import { eventValue } from '@santokit/runtime';

type Row = Readonly<Record<string, Json>>;

/** The payloads of what a file of SQL logic publishes: one, or one for each row of its answer where the mapping speaks of `result`. */
export function logicPayloads({ mapping }: LogicPublish, source: ValueSource, answer: string): Json[] {
  const values = Object.entries(mapping);
  const payloadOf = (row: Row): Json =>
    Object.fromEntries(values.map(([field, value]) => [field, mappedValue(value, source, row)]));
  if (!values.some(([, { from }]) => from === 'result')) return [payloadOf({})];
  const data: Json = parseJson(answer);
  return (Array.isArray(data) ? (data as Row[]) : []).map(payloadOf);
}

function mappedValue(value: LogicPublish['mapping'][string], source: ValueSource, row: Row): Json {
  switch (value.from) {
    case 'literal':
      return value.value;
    case 'param':
      return source.params[value.name] ?? null;
    case 'auth':
      return value.name === 'sub' ? source.principal.sub : source.principal.roles;
    case 'now':
      return new Date(source.nowMs).toISOString();
    case 'env':
      return source.env;
    case 'event':
      return eventValue(source.event, value.name);
    case 'result':
      return Object.hasOwn(row, value.name) ? (row[value.name] ?? null) : null;
  }
}
