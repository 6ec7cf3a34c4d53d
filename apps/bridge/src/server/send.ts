import type { ServerResponse } from 'node:http';
import { ERROR_CODES, errorBody, type StkError } from '@santokit/contract';
import { answerFormatOf } from '../encoding/answer-format.ts';
import { encodeCborAside, LARGE_CBOR_BYTES } from '../encoding/cbor-aside.ts';
import { type ContentCoding, compressed, contentCodingOf } from '../encoding/content-coding.ts';
import { encodeCbor } from '../encoding/encode-cbor.ts';
import type { Standing } from '../rate-limit/rate-limiter.ts';

/** What every answer says of itself. */
export interface AnswerHead {
  readonly requestId: string;
  /** The release that it was made with; whoever has just applied one can see when it is served. */
  readonly served?: { readonly releaseId: string };
  readonly standing?: Standing | undefined;
}

/**
 * Answers with finished JSON, in the format that the caller prefers, compressed where that pays. Says nothing to a caller who is gone.
 * @returns undefined when the answer is on its way already, as it is without compression
 */
export function sendAnswer(
  response: ServerResponse,
  json: string | Uint8Array,
  head: AnswerHead,
): Promise<void> | undefined {
  const { accept } = response.req.headers;
  if (json.length > LARGE_CBOR_BYTES && answerFormatOf(accept) === 'cbor') return sendLargeCbor(response, json, head);
  return sendBody(response, bodyIn(accept, json), head);
}

async function sendLargeCbor(response: ServerResponse, json: string | Uint8Array, head: AnswerHead): Promise<void> {
  const content = await encodeCborAside(json);
  await sendBody(response, { type: 'application/cbor', content, bytes: content.length }, head);
}

function sendBody(response: ServerResponse, body: Body, head: AnswerHead): Promise<void> | undefined {
  const { 'accept-encoding': acceptEncoding } = response.req.headers;
  const coding = acceptEncoding === undefined ? undefined : contentCodingOf(acceptEncoding.toString(), body.bytes);
  if (coding !== undefined) return sendCompressed(response, { body, coding, head });
  send(response, 200, body.type === 'application/json' ? { ...body, content: inOneWrite(body.content) } : body, head);
  return undefined;
}

/** Node sends a text in one piece with the headers, and bytes in a second one, which costs more than it takes to make a short text. */
function inOneWrite(content: string | Uint8Array): string | Uint8Array {
  if (typeof content === 'string' || content.length > MOST_BYTES_AS_TEXT) return content;
  return Buffer.from(content.buffer, content.byteOffset, content.length).toString();
}

const MOST_BYTES_AS_TEXT = 2_048;

/** Answers with an error, in the form and with the status of the catalogue. */
export function sendError(response: ServerResponse, error: StkError, head: AnswerHead): void {
  if (response.headersSent || response.destroyed) return;
  if (error.status === 401) response.setHeader('www-authenticate', 'Bearer');
  if (error.status !== 504 && ERROR_CODES[error.code].retry && !response.hasHeader('retry-after'))
    response.setHeader('retry-after', String(error.details?.retryAfterSeconds ?? 1));
  const json = JSON.stringify(errorBody(error, head.requestId));
  send(response, error.status, bodyIn(response.req.headers.accept, json), head);
}

interface Body {
  readonly type: 'application/json' | 'application/cbor';
  readonly content: string | Uint8Array;
  /** Its length on the way. */
  readonly bytes: number;
}

function bodyIn(accept: string | undefined, json: string | Uint8Array): Body {
  if (answerFormatOf(accept) === 'json')
    return { type: 'application/json', content: json, bytes: Buffer.byteLength(json) };
  const text = typeof json === 'string' ? json : Buffer.from(json).toString('utf8');
  const content = encodeCbor(text);
  return { type: 'application/cbor', content, bytes: content.length };
}

async function sendCompressed(
  response: ServerResponse,
  { body: { type, content }, coding, head }: { body: Body; coding: ContentCoding; head: AnswerHead },
): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const smaller = await compressed(bytes, coding);
  if (response.headersSent || response.destroyed) return;
  response.setHeader('content-encoding', coding);
  send(response, 200, { type, content: smaller, bytes: smaller.length }, head);
}

/** What an answer depends on beside the URL and the body. No cache keeps one, so it is said only to who sent something of it. */
const VARY = 'Origin, Accept, Accept-Encoding';

/** All headers in one list, which Node writes as it is where none was set before. */
function send(response: ServerResponse, status: number, { type, content, bytes }: Body, head: AnswerHead): void {
  if (response.headersSent || response.destroyed) return;
  const headers = [
    'content-type',
    type,
    'content-length',
    String(bytes),
    'cache-control',
    'no-store',
    'x-request-id',
    head.requestId,
  ];
  const { origin, accept, 'accept-encoding': acceptEncoding } = response.req.headers;
  if (origin !== undefined || accept !== undefined || acceptEncoding !== undefined) headers.push('vary', VARY);
  if (head.served !== undefined) headers.push('x-santokit-release', head.served.releaseId);
  if (head.standing !== undefined) addStanding(headers, head.standing);
  response.writeHead(status, headers);
  response.end(content);
}

/** RateLimit header fields as of draft-ietf-httpapi-ratelimit-headers-06. */
function addStanding(headers: string[], { rate, remaining, resetSeconds }: Standing): void {
  headers.push('ratelimit-limit', rate.limit, 'ratelimit-remaining', String(remaining));
  headers.push('ratelimit-reset', String(resetSeconds), 'ratelimit-policy', rate.policy);
}
