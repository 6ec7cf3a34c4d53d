import { StkError } from '@santokit/contract';

/** `POST /call` (the path is in the body) or `POST /call/<path>`. */
export interface CallRoute {
  /** Percent-encoded, as it stands in the URL. */
  readonly encodedPath: string | undefined;
}

/** Whether a request's URL is a call; undefined when it is something else. */
export function callRouteOf(url: string): CallRoute | undefined {
  if (!url.startsWith('/call')) return undefined;
  const queryStart = url.indexOf('?');
  const path = queryStart === -1 ? url : url.slice(0, queryStart);
  if (path === '/call' || path === '/call/') return { encodedPath: undefined };
  return path.startsWith('/call/') ? { encodedPath: path.slice('/call/'.length) } : undefined;
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
