import type { BodyFormat } from './body-format.ts';
import { qualitiesOf } from './qualities.ts';

/** What an answer is written in: CBOR for who names it and does not prefer JSON, JSON for everybody else, whatever they would accept. */
export function answerFormatOf(accept: string | undefined): BodyFormat {
  if (accept === undefined || !NAMES_CBOR.test(accept)) return 'json';
  const qualities = qualitiesOf(accept);
  // The most specific entry counts (RFC 9110, section 12.5.1).
  const json = qualities.get('application/json') ?? qualities.get('application/*') ?? qualities.get('*/*') ?? 0;
  return (qualities.get('application/cbor') ?? 0) > json ? 'cbor' : 'json';
}

const NAMES_CBOR = /application\/cbor/i;
