/// <reference path="./untyped.d.ts" />
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';
import type { StorageCredentials } from '../store-config.ts';
import { refusalOf } from './signature-check.ts';

/** What s3rver knows. */
const CREDENTIALS: StorageCredentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

/** A running S3-compatible store on loopback that refuses what is not signed as it is sent. */
export interface StrictStore extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly credentials: StorageCredentials;
  /** The headers of all that came, in order. */
  readonly received: readonly IncomingHttpHeaders[];
  /** Stops answering, or answers again. */
  pause(isPaused: boolean): void;
}

/**
 * s3rver, which keeps objects in a folder and takes any signature, behind a proxy that recomputes each Signature Version 4 with aws4,
 * refuses what is expired, and sends on nothing that differs from what was signed.
 */
export async function startStrictStore(bucket = 'assets'): Promise<StrictStore> {
  const directory = mkdtempSync(join(tmpdir(), 'santokit-store-'));
  const store = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: bucket }],
    allowMismatchedSignatures: true,
  });
  const { port } = await store.run();
  let isPaused = false;
  const received: IncomingHttpHeaders[] = [];
  const proxy = createServer((request, response) => {
    received.push(request.headers);
    if (isPaused) return;
    const refusal = refusalOf(request, CREDENTIALS);
    if (refusal !== undefined) return refuse(request, response, 403, refusal);
    const [, uploadId] = UPLOAD_ID.exec(request.url ?? '') ?? [];
    if (uploadId === undefined) return forward(request, response, port);
    // s3rver has no way to abort an upload, and fails for one that is not there.
    const upload = join(directory, bucket, UPLOADS, uploadId);
    if (!existsSync(upload)) return refuse(request, response, 404, 'NoSuchUpload');
    if (request.method === 'DELETE') return abort(upload, response);
    forward(request, response, port);
  });
  const endpoint = await listen(proxy);
  return {
    endpoint,
    region: 'eu-central-1',
    bucket,
    credentials: CREDENTIALS,
    received,
    pause(paused) {
      isPaused = paused;
    },
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      proxy.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const UPLOADS = '._S3rver_uploads';
const UPLOAD_ID = /[?&]uploadId=([0-9a-f]+)/;

function abort(folder: string, response: ServerResponse): void {
  rmSync(folder, { recursive: true, force: true });
  response.writeHead(204).end();
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The store listens on no port');
  return `http://127.0.0.1:${address.port}`;
}

function forward(request: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, url: path, headers } = request;
  const onward = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

/** As S3 says it. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, code: string): void {
  request.resume();
  response.writeHead(status, { 'content-type': 'application/xml', connection: 'close' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}
