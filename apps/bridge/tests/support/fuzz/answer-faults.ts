import { ERROR_CODES } from '@santokit/contract';
import { decode } from 'cborg';
import type { WireAnswer } from './answers-on-wire.ts';

/** What is wrong with an answer by the contract (bridge-api.md): its form, its status, its request id. */
export function answerFaults({ status, headers, body }: WireAnswer, method: string): string[] {
  const requestId = headers.get('x-request-id');
  if (requestId === undefined) return ['no x-request-id'];
  if (status >= 500) return [`status ${status}`];
  if (status === 204)
    return body.length === 0 && method === 'OPTIONS' ? [] : ['a 204 of something else than a preflight'];
  if (method === 'HEAD') return status === 404 ? [] : [`status ${status} of HEAD`];
  const content = contentOf(body, headers.get('content-type'));
  if (!isObject(content)) return [`not an object: ${body.subarray(0, 100)}`];
  if (status !== 200) return errorFaults(content, { status, requestId });
  return 'results' in content ? batchFaults(content, requestId) : successFaults(content);
}

function contentOf(body: Buffer, type: string | undefined): unknown {
  if (type === 'application/cbor') return decode(body, { allowBigInt: true, tags: BIG_NUMBERS });
  return type === 'application/json' ? JSON.parse(body.toString()) : undefined;
}

/** Tags 2 and 3 (RFC 8949, section 3.4.3). */
const BIG_NUMBERS = { 2: (bytes: unknown) => bytes, 3: (bytes: unknown) => bytes } as never;

function successFaults(content: Fields): string[] {
  const { data, meta, ...rest } = content;
  if (data === undefined) return ['no data'];
  if (meta !== undefined && (!isObject(meta) || Object.keys(meta).length === 0)) return ['an empty meta'];
  return Object.keys(rest);
}

function batchFaults({ results, ...rest }: Fields, requestId: string): string[] {
  if (!Array.isArray(results) || results.length === 0) return ['no results'];
  const faults = results.flatMap((result: unknown) => {
    if (!isObject(result)) return ['a result that is no object'];
    return 'error' in result ? errorFaults(result, { requestId }) : successFaults(result);
  });
  return [...faults, ...Object.keys(rest)];
}

function errorFaults(content: Fields, expected: { readonly status?: number; readonly requestId: string }): string[] {
  const { error, ...others } = content;
  if (!isObject(error)) return ['no error'];
  const { code, message, requestId, details = {}, ...rest } = error;
  const known = Object.hasOwn(ERROR_CODES, String(code)) ? ERROR_CODES[code as keyof typeof ERROR_CODES] : undefined;
  const faults = [...Object.keys(others), ...Object.keys(rest)];
  if (known === undefined || known.status >= 500) faults.push(`code ${code}`);
  if (expected.status !== undefined && known?.status !== expected.status)
    faults.push(`${code} with status ${expected.status}`);
  if (typeof message !== 'string' || message === '') faults.push('no message');
  if (requestId !== expected.requestId) faults.push(`requestId ${requestId}, not ${expected.requestId}`);
  if (!isObject(details)) faults.push('details that are no object');
  return faults;
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
