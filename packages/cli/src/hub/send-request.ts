/** An answer, read to its end. */
export interface ReceivedAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

export interface SentRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Node's own `fetch` gives up after five minutes without a word, whatever it is told. */
const MOST_BY_FETCH_MS = 240_000;

/**
 * Sends a request and reads its answer, all of it within `timeoutMs`.
 * @throws `TimeoutError` after that, or what the connection failed with
 */
export async function sendRequest(url: string, request: SentRequest, timeoutMs: number): Promise<ReceivedAnswer> {
  // A redirect would carry the token to another place, or hide that the address is wrong.
  const init = { ...request, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) } as const;
  if (timeoutMs <= MOST_BY_FETCH_MS) return received(await fetch(url, init));
  const { Agent, fetch: patientFetch } = await import('undici');
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  try {
    return await received(await patientFetch(url, { ...init, dispatcher }));
  } finally {
    // An idle connection would keep the process from ending.
    await dispatcher.destroy();
  }
}

async function received(response: Pick<Response, 'ok' | 'status' | 'text'>): Promise<ReceivedAnswer> {
  return { ok: response.ok, status: response.status, text: await response.text() };
}
