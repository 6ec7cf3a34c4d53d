import { type CompiledTopic, type Json, MOST_PAYLOAD_BYTES, StkError } from '@santokit/contract';
import { compileValueCheck, type ValueCheck } from '../statement/values/check-value.ts';

/** A payload that may be published. */
export type Payload = Readonly<Record<string, Json>>;

/**
 * Compiles what a topic asks of its payloads. The check throws StkError `SCHEMA_VALIDATION_FAILED` with every fault in `details.problems`,
 * none of which holds a value; `PAYLOAD_TOO_LARGE`.
 */
export function compilePayloadCheck({ schema }: Pick<CompiledTopic, 'schema'>): (payload: Json) => Payload {
  const fields = new Map(
    Object.entries(schema).map(([name, field]) => [name, { check: compileValueCheck(field), ...field }]),
  );
  return (payload) => {
    if (payload === null || typeof payload !== 'object' || Array.isArray(payload))
      throw invalid([{ field: '', message: 'payload must be an object' }]);
    const given = payload as Payload;
    const faults: PayloadFault[] = [];
    for (const [name, { check, nullable }] of fields) {
      const value = Object.hasOwn(given, name) ? (given[name] ?? null) : null;
      const fault = value === null ? (nullable ? undefined : `${name} is required`) : faultOf(check, value, name);
      if (fault !== undefined) faults.push({ field: name, message: fault });
    }
    for (const name of Object.keys(given))
      if (!fields.has(name)) faults.push({ field: name.slice(0, 80), message: 'The topic has no such field' });
    if (faults.length > 0) throw invalid(faults.slice(0, MOST_FAULTS));
    if (Buffer.byteLength(JSON.stringify(given)) > MOST_PAYLOAD_BYTES)
      throw new StkError('PAYLOAD_TOO_LARGE', 'The payload of an event has at most 1 MB');
    return given;
  };
}

const MOST_FAULTS = 100;

interface PayloadFault {
  readonly field: string;
  readonly message: string;
}

function faultOf(check: ValueCheck, value: Json, name: string): string | undefined {
  try {
    check(value, name);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof StkError) return thrown.message;
    throw thrown;
  }
}

function invalid(problems: readonly PayloadFault[]): StkError {
  return new StkError('SCHEMA_VALIDATION_FAILED', 'The payload does not fit the schema of its topic', {
    problems: problems.map((problem) => ({ ...problem })),
  });
}
