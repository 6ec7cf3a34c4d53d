import { networkReason } from './network-reason.ts';

/** An answer as it came, or why there was none. */
export type Probe =
  | {
      readonly answered: true;
      readonly status: number;
      readonly headers: Headers;
      readonly text: string;
      readonly body: unknown;
      readonly ms: number;
    }
  | { readonly answered: false; readonly reason: string; readonly ms: number };

const WITHIN_MS = 5_000;

/** Asks a service whether it answers, and how. Never throws; `body` is undefined where it is not JSON. */
export async function probe(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Probe> {
  const startedMs = performance.now();
  const ms = () => Math.round(performance.now() - startedMs);
  try {
    const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(WITHIN_MS) });
    const text = await response.text();
    const { status, headers: answered } = response;
    return { answered: true, status, headers: answered, text, body: parse(text), ms: ms() };
  } catch (error) {
    return { answered: false, reason: networkReason(error), ms: ms() };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a page of something that is no Hub
  }
}
