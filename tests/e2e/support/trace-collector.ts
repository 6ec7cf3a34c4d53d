import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it was sent: OTLP/HTTP, JSON. */
export interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly status: { readonly code?: number };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  /** The `service.name` of who sent it. */
  readonly service: unknown;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<SentSpan, 'attributes' | 'service'> & {
        readonly attributes: readonly Attribute[];
      })[];
    }[];
  }[];
}

/** Takes traces at a port of loopback. */
export class TraceCollector {
  /** Every body, as it came. */
  readonly texts: string[] = [];
  /** Of the last request. */
  headers: IncomingMessage['headers'] = {};
  readonly spans: SentSpan[] = [];
  /** How often it was sent something. */
  asked = 0;
  /** Takes connections and bodies, and never answers. */
  isSilent = false;
  #server: Server | undefined;
  #port = 0;

  /** Starts, or starts again on the same port. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      // Who is cut off in the middle of a body, or cuts it off, has sent nothing.
      this.#answer(request, response).catch(() => response.destroy());
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  /** The spans of a trace, once its request has ended. Waits ten seconds at most. */
  async trace(traceId: string): Promise<readonly SentSpan[]> {
    const found = () => this.spans.filter((span) => span.traceId === traceId);
    const deadline = Date.now() + 10_000;
    while (!found().some(({ name }) => name.endsWith('.request'))) {
      if (Date.now() > deadline) throw new Error(`No trace ${traceId} among ${this.spans.length} spans`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return found();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.asked++;
    if (this.isSilent) return;
    const isTraces = request.method === 'POST' && request.url === '/v1/traces';
    if (isTraces) this.#take(Buffer.concat(chunks).toString(), request.headers);
    response.writeHead(isTraces ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
  }

  #take(text: string, headers: IncomingMessage['headers']): void {
    this.texts.push(text);
    this.headers = headers;
    for (const { resource, scopeSpans } of (JSON.parse(text) as ExportRequest).resourceSpans) {
      const { 'service.name': service } = membersOf(resource.attributes);
      for (const { spans } of scopeSpans)
        this.spans.push(...spans.map((span) => ({ ...span, attributes: membersOf(span.attributes), service })));
    }
  }
}

function membersOf(attributes: readonly Attribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
