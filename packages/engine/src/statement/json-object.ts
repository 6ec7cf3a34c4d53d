import { type Json, StkError } from '@santokit/contract';

export interface JsonObject {
  readonly [key: string]: Json;
}

/** @param name of the param, for the message @throws StkError `BAD_REQUEST` */
export function objectOf(value: Json, name: string): JsonObject {
  if (!isObject(value)) throw new StkError('BAD_REQUEST', `${name} must be an object`);
  return value;
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The one operator that an assignment is; undefined where it is a value. */
export function changeIn(value: Json): string | undefined {
  if (!isObject(value)) return undefined;
  const [change, ...others] = Object.keys(value);
  return change?.startsWith('$') && others.length === 0 ? change : undefined;
}
