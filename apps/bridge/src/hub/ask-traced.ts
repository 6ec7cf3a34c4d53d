import type { Tracing } from '@santokit/telemetry';

export interface HubQuestion {
  readonly method: string;
  /** `/internal/keys/shop/dev` */
  readonly path: string;
}

/** Asks the Hub, so that what it does is part of the trace of who asks; without `tracing` it is told of none. */
export async function askTraced(
  tracing: Tracing | undefined,
  { method, path }: HubQuestion,
  ask: (headers: Readonly<Record<string, string>>) => Promise<Response>,
): Promise<Response> {
  if (tracing === undefined) return await ask({});
  const attributes = { 'http.request.method': method, 'url.template': templateOf(path) };
  const { traceparent, span } = tracing.ask('bridge.hub', attributes);
  try {
    const response = await ask({ traceparent });
    span?.set({ 'http.response.status_code': response.status });
    span?.end(response.status >= 400 ? String(response.status) : undefined);
    return response;
  } catch (thrown) {
    span?.end('SERVICE_UNAVAILABLE');
    throw thrown;
  }
}

/** The path without what tells one thing from another of its kind. */
function templateOf(path: string): string {
  const [, internal, kind, first, ...rest] = (path.split('?', 1)[0] ?? '').split('/');
  const place = [internal, kind];
  if (first === undefined || first === 'current') return `/${[...place, first].filter(Boolean).join('/')}`;
  return `/${[...place, ...(kind === 'keys' || kind === 'connections' ? ['{project}', '{env}'] : ['{id}', ...rest])].join('/')}`;
}
