import { StkError } from '@santokit/contract';

/** `POST /call` (the path is in the body), `POST /call/<path>`, or `POST /batch`. */
export interface CallRoute {
  readonly isBatch: boolean;
  /** Percent-encoded, as it stands in the URL. */
  readonly encodedPath: string | undefined;
}

/** Whether a request's URL is a call or a batch of them; undefined when it is something else. */
export function callRouteOf(url: string): CallRoute | undefined {
  if (!url.startsWith('/call') && !url.startsWith('/batch')) return undefined;
  const queryStart = url.indexOf('?');
  const path = queryStart === -1 ? url : url.slice(0, queryStart);
  if (path === '/call' || path === '/call/') return { isBatch: false, encodedPath: undefined };
  if (path === '/batch' || path === '/batch/') return { isBatch: true, encodedPath: undefined };
  return path.startsWith('/call/') ? { isBatch: false, encodedPath: path.slice('/call/'.length) } : undefined;
}

/** @throws StkError `BAD_REQUEST` for what is not percent-encoded UTF-8 */
export function decodePath(encodedPath: string): string {
  if (!encodedPath.includes('%')) return encodedPath;
  try {
    return decodeURIComponent(encodedPath);
  } catch {
    throw new StkError('BAD_REQUEST', 'The path is not percent-encoded UTF-8');
  }
}
