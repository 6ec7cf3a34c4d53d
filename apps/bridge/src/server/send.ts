import type { ServerResponse } from 'node:http';
import { ERROR_CODES, errorBody, type StkError } from '@santokit/contract';

/** What an answer depends on beside the URL and the body; none is kept by caches, which `no-store` says first. */
const VARY = 'Origin, Accept, Accept-Encoding';

/** Answers with finished JSON. Says nothing to a caller who is gone. */
export function sendJson(response: ServerResponse, status: number, body: string | Uint8Array): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    vary: VARY,
  });
  response.end(body);
}

/** Answers with an error, in the form and with the status of the catalogue. */
export function sendError(response: ServerResponse, error: StkError, requestId: string): void {
  if (response.headersSent || response.destroyed) return;
  if (error.status === 401) response.setHeader('www-authenticate', 'Bearer');
  if (error.status !== 504 && ERROR_CODES[error.code].retry && !response.hasHeader('retry-after'))
    response.setHeader('retry-after', '1');
  sendJson(response, error.status, JSON.stringify(errorBody(error, requestId)));
}
