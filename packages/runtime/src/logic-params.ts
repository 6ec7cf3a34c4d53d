import { randomUUID } from 'node:crypto';
import { type ColumnDefault, type Json, type LogicParam, StkError } from '@santokit/contract';

/**
 * The params of a call with the defaults of those that were not sent; a nullable one without a default is null.
 * @throws StkError `BAD_REQUEST` naming those that are missing or that there are not
 */
export function completeParams(
  declared: Readonly<Record<string, LogicParam>>,
  sent: Json,
  nowMs: number,
): Readonly<Record<string, Json>> {
  if (sent !== null && (typeof sent !== 'object' || Array.isArray(sent)))
    throw new StkError('BAD_REQUEST', 'params must be an object');
  const given = (sent ?? {}) as Readonly<Record<string, Json>>;
  const complete: Record<string, Json> = {};
  const missing: string[] = [];
  for (const [name, param] of Object.entries(declared)) {
    if (Object.hasOwn(given, name)) complete[name] = given[name] ?? null;
    else if (param.default !== undefined) complete[name] = defaultValue(param, param.default, nowMs);
    else if (param.nullable) complete[name] = null;
    else missing.push(name);
  }
  if (missing.length > 0) throw new StkError('BAD_REQUEST', `Missing required ${named(missing)}`, { params: missing });
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  if (unknown.length > 0)
    throw new StkError('BAD_REQUEST', `Unknown ${named(unknown.slice(0, MOST_NAMED).map(shortened))}`);
  return complete;
}

/** Callers choose how many names there are that nobody knows. */
const MOST_NAMED = 20;

function defaultValue({ type }: LogicParam, value: ColumnDefault, nowMs: number): Json {
  switch (value.kind) {
    case 'literal':
      return value.value;
    case 'now':
      return new Date(nowMs).toISOString().slice(0, type === 'date' ? 'YYYY-MM-DD'.length : undefined);
    case 'uuid_v4':
      return randomUUID();
    case 'native':
      return null;
  }
}

function named(names: readonly string[]): string {
  return `param${names.length === 1 ? '' : 's'}: ${names.join(', ')}`;
}

function shortened(name: string): string {
  return JSON.stringify(name.slice(0, 63)).slice(1, -1);
}
