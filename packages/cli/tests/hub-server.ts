import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** What to answer to `METHOD /path`: status and document, or a text as it is. */
export type HubAnswers = Record<string, HubAnswer | ((request: SeenRequest) => HubAnswer)>;

interface HubAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly location?: string;
}

/** An HTTP server that answers what the Hub's contract allows, also what a real Hub would say only when it is in trouble. */
export async function startHubServer(answers: HubAnswers) {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '' } = request;
    const entry: SeenRequest = {
      method,
      path,
      authorization: request.headers.authorization,
      body: await readBody(request),
    };
    seen.push(entry);
    const known = answers[`${method} ${path}`] ?? {
      status: 404,
      body: { error: { code: 'NOT_FOUND', message: 'No such route' } },
    };
    const { status, body, location } = typeof known === 'function' ? known(entry) : known;
    response.writeHead(status, {
      'content-type': typeof body === 'string' ? 'text/html' : 'application/json',
      ...(location === undefined ? {} : { location }),
    });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : JSON.parse(text);
}
