import { ERROR_CODES, type ErrorCode, type ErrorDetails, HUB_ROUTES, parseJson } from '@santokit/contract';
import type { z } from 'zod';
import { CliFailure, usageFailure } from '../cli-failure.ts';
import { EXIT } from '../exit-code.ts';
import { networkReason } from './network-reason.ts';
import { patienceMs } from './patience.ts';
import { type ReceivedAnswer, type SentRequest, sendRequest } from './send-request.ts';

type Route = keyof typeof HUB_ROUTES;

interface HubRequest {
  /** Values of the route's placeholders: `p`, `e`, `name`, … */
  readonly at?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What goes behind the `?`; what is undefined does not. */
  readonly query?: Readonly<Record<string, string | undefined>>;
}

/** Calls the Hub's routes. Every failure is a `CliFailure` with a line that a person can act on. */
export interface HubClient {
  readonly hubUrl: string;
  /** Calls a route and reads the `data` of its answer with `schema`. */
  call<S extends z.ZodType>(route: Route, schema: S, request?: HubRequest): Promise<z.infer<S>>;
  /** Calls a route whose answer does not matter. */
  send(route: Route, request?: HubRequest): Promise<void>;
}

interface HubClientOptions {
  readonly hubUrl: string;
  readonly token?: string;
  /** How long each answer is waited for; default: as long as what is asked for may take. */
  readonly timeoutMs?: number;
}

/** A client of the Hub at `hubUrl` that speaks as the bearer of `token`. */
export function createHubClient({ hubUrl, token, timeoutMs }: HubClientOptions): HubClient {
  const request = async (route: Route, { at = {}, body, query = {} }: HubRequest = {}): Promise<unknown> => {
    const [method = 'GET', path = '/'] = HUB_ROUTES[route].split(' ');
    const sent = {
      method,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const url = `${hubUrl}${fillIn(path, at)}${queryText(query)}`;
    return readAnswer(hubUrl, await reach({ hubUrl, url, sent, timeoutMs: timeoutMs ?? patienceMs(route) }));
  };
  return {
    hubUrl,
    call: async (route, schema, options) => {
      const parsed = schema.safeParse(await request(route, options));
      if (parsed.success) return parsed.data;
      throw new CliFailure('INTERNAL_ERROR', `The Hub at ${hubUrl} gave an answer that this stk does not understand`, {
        cause: parsed.error,
      });
    },
    send: async (route, options) => void (await request(route, options)),
  };
}

function fillIn(path: string, values: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    // A URL would lose these, however they are encoded, and with them a part of the path.
    if (value === '.' || value === '..') throw usageFailure(`Nothing is called ${JSON.stringify(value)}`);
    return encodeURIComponent(value);
  });
}

function queryText(query: NonNullable<HubRequest['query']>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
  return given.size === 0 ? '' : `?${given}`;
}

interface Reach {
  readonly hubUrl: string;
  readonly url: string;
  readonly sent: SentRequest;
  readonly timeoutMs: number;
}

/** Sends a request; what keeps it from being answered is `SERVICE_UNAVAILABLE`. */
async function reach({ hubUrl, url, sent, timeoutMs }: Reach): Promise<ReceivedAnswer> {
  try {
    return await sendRequest(url, sent, timeoutMs);
  } catch (error) {
    throw new CliFailure('SERVICE_UNAVAILABLE', whyUnreached(hubUrl, error, timeoutMs), { cause: error });
  }
}

function whyUnreached(hubUrl: string, error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `The Hub at ${hubUrl} did not answer within ${timeoutMs / 1_000} s; what was asked for may happen all the same`;
  return `Cannot reach the Hub at ${hubUrl}: ${networkReason(error)}`;
}

function readAnswer(hubUrl: string, response: ReceivedAnswer): unknown {
  const envelope = parseEnvelope(response.text);
  if (response.ok && (response.status === 204 || envelope?.data !== undefined)) return envelope?.data;
  if (envelope?.error !== undefined) throw hubFailure(envelope.error, response.status);
  throw new CliFailure(
    'SERVICE_UNAVAILABLE',
    `${hubUrl} is not a Hub that works: it answered ${response.status} without an envelope`,
    {
      exitCode: response.status === 401 || response.status === 403 ? EXIT.notAllowed : EXIT.failed,
    },
  );
}

interface Envelope {
  readonly data?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly message: string; readonly details?: ErrorDetails };
}

function parseEnvelope(text: string): Envelope | undefined {
  let document: unknown;
  try {
    document = parseJson(text);
  } catch {
    return undefined; // a proxy's page, not an answer of the Hub
  }
  if (typeof document !== 'object' || document === null) return undefined;
  const { data, error } = document as { data?: unknown; error?: unknown };
  return isErrorBody(error) ? { error } : { data };
}

function isErrorBody(error: unknown): error is NonNullable<Envelope['error']> {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' && code in ERROR_CODES && typeof message === 'string';
}

function hubFailure({ code, message, details }: NonNullable<Envelope['error']>, status: number): CliFailure {
  const notAllowed = status === 401 || status === 403;
  return new CliFailure(code, message, {
    ...(details === undefined ? {} : { details }),
    ...(notAllowed ? { exitCode: EXIT.notAllowed } : {}),
  });
}
