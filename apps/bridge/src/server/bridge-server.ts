import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { StkError } from '@santokit/contract';
import { answerBrokenRequests, requestId } from '@santokit/telemetry';
import type { Deps } from '../deps.ts';
import { BridgeResponse, type ResponseObserver } from './bridge-response.ts';
import { callRouteOf } from './call-route.ts';
import { allowReading } from './cors.ts';
import { handleCall } from './handle-call.ts';
import { answerPreflight, isPreflight } from './preflight.ts';
import { refuseTunnel } from './refuse-tunnel.ts';
import { sendError } from './send.ts';
import { statusRoutes } from './status-routes.ts';

/** Slower than this is not a client but an attack on the number of sockets. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than the 60 s of common load balancers, which else send into a socket that is just being closed. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** Connections that wait to be taken; the system's own bound holds too. Node's 511 makes callers of other envs wait in a flood. */
const BACKLOG = 8_192;

/** The Bridge's HTTP door. Calls go straight through `node:http`; all else is Hono's. */
export class BridgeServer implements ResponseObserver {
  readonly #deps: Deps;
  readonly #server: Server<typeof IncomingMessage, typeof BridgeResponse>;
  readonly #status: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  #isStopping = false;
  #onIdle: () => void = () => {};

  constructor(deps: Deps) {
    this.#deps = deps;
    const status = statusRoutes({ ...deps, isStopping: () => this.#isStopping });
    // Probes of load balancers still speak HTTP/1.0, and name no host.
    this.#status = getRequestListener(status.fetch, { overrideGlobalObjects: false, hostname: 'localhost' });
    this.#server = createServer(
      {
        ServerResponse: BridgeResponse,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      },
      (request, response) => this.#answer(request, response),
    );
    answerBrokenRequests(this.#server);
    // What is expected of the server may be passed over (RFC 9110, section 10.1.1); Node would refuse it in a form of its own.
    this.#server.on('checkExpectation', (request, response) => this.#answer(request, response));
    this.#server.on('checkContinue', (request, response) => {
      // Behind a request that is still being answered, Node would put it between the head and the body of the answer.
      if (response.socket !== null) response.writeContinue();
      this.#answer(request, response);
    });
    this.#server.on('connect', (request) => refuseTunnel(request, requestIdOf(request)));
  }

  /** @returns the port that was bound. Rejects when it cannot be. */
  async listen(port: number, host: string | undefined): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, backlog: BACKLOG, ...(host === undefined ? {} : { host }) }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on `/readyz` says no and new calls are turned away; resolves when those in flight are answered, or time is up. */
  async drain(graceMs: number): Promise<void> {
    this.#isStopping = true;
    if (this.#deps.admission.requests === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Closes the port and what is still connected to it. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      // Those that are answered but whose last bytes still travel get a moment.
      setTimeout(() => this.#server.closeAllConnections(), 500).unref();
    });
  }

  /** One call less is in flight. */
  ended({ visit }: BridgeResponse): void {
    const { admission } = this.#deps;
    admission.leave(visit);
    if (admission.requests === 0) this.#onIdle();
  }

  #answer(request: IncomingMessage, response: BridgeResponse): void {
    const id = requestIdOf(request);
    if (this.#isStopping) response.setHeader('connection', 'close');
    if (isPreflight(request)) {
      response.setHeader('x-request-id', id);
      void answerPreflight(request, response, this.#deps.targets);
      return;
    }
    const route = callRouteOf(request.url ?? '/');
    if (route === undefined) {
      response.setHeader('x-request-id', id);
      void this.#status(request, response);
      return;
    }
    const refusal = this.#enter();
    if (refusal !== undefined) {
      allowReading(request, response, this.#deps.targets);
      sendError(response, refusal, { requestId: id });
      return;
    }
    response.observe(this);
    void handleCall(this.#deps, request, response, { ...route, requestId: id });
  }

  /** @returns why it may not */
  #enter(): StkError | undefined {
    if (this.#isStopping) return new StkError('SERVICE_UNAVAILABLE', 'The Bridge is stopping');
    return this.#deps.admission.enter()
      ? undefined
      : new StkError('SERVICE_UNAVAILABLE', 'Too many requests are in flight');
  }
}

/** The caller's own, where it is a valid one. */
function requestIdOf({ headers }: IncomingMessage): string {
  return requestId(headers['x-request-id']?.toString());
}
