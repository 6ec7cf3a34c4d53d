import type { BodyFormat } from './body-format.ts';
import { qualitiesOf } from './qualities.ts';

/** What an answer is written in: CBOR for who prefers it to JSON, JSON for everybody else, whatever else they would accept. */
export function answerFormatOf(accept: string | undefined): BodyFormat {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return 'json';
  if (accept === 'application/cbor') return 'cbor';
  const qualities = qualitiesOf(accept);
  // The most specific entry counts (RFC 9110, section 12.5.1).
  const quality = (type: string) => qualities.get(type) ?? qualities.get('application/*') ?? qualities.get('*/*') ?? 0;
  return quality('application/cbor') > quality('application/json') ? 'cbor' : 'json';
}
