import { type Json, StkError } from '@santokit/contract';
import { isList } from '../json-object.ts';
import { findingOf } from './json-inspection.ts';
import { faultOfScalar, type JsonFault, MOST_DEPTH, TOO_DEEP } from './storable-json.ts';

/**
 * JSON text of any value.
 * @throws StkError `BAD_REQUEST` when it is nested too deeply or holds text that cannot be stored
 */
export function jsonText(value: Json, label: string): string {
  const finding = findingOf(value);
  const fault = finding === undefined ? faultIn(value, 0) : finding.fault;
  if (fault !== undefined)
    throw new StkError('BAD_REQUEST', `${label} ${fault}`, { column: label.replace(/\[.*$/s, '') });
  return JSON.stringify(value);
}

/** Makes nothing for what it looks at: a document may hold very many of them. */
function faultIn(value: Json, depth: number): JsonFault | undefined {
  if (depth > MOST_DEPTH) return TOO_DEEP;
  if (value === null || typeof value !== 'object') return faultOfScalar(value);
  if (isList(value)) {
    for (const item of value) {
      const fault = faultIn(item, depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  for (const name of Object.keys(value)) {
    const fault = faultOfScalar(name) ?? faultIn(value[name] ?? null, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
