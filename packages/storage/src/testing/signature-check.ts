/// <reference path="./untyped.d.ts" />
import type { IncomingMessage } from 'node:http';
import aws4 from 'aws4';
import type { StorageCredentials } from '../store-config.ts';

/** Why S3 would refuse a request for what it is signed with, as its error codes name it; undefined where it would not. */
export function refusalOf(request: IncomingMessage, credentials: StorageCredentials): string | undefined {
  const url = new URL(request.url ?? '/', 'http://store');
  const query = url.searchParams.get('X-Amz-Signature');
  const header = /Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)/.exec(
    request.headers.authorization ?? '',
  );
  const [, scope = url.searchParams.get('X-Amz-Credential'), names = url.searchParams.get('X-Amz-SignedHeaders')] =
    header ?? [];
  const given = header?.[3] ?? query;
  if (given === null || scope === null || names === null) return 'AccessDenied';
  if (query !== null && isExpired(url)) return 'ExpiredToken';
  const headers = Object.fromEntries(names.split(';').map((name) => [name, String(request.headers[name] ?? '')]));
  // What a URL leaves out of its signed headers, anybody could send as they like.
  if (headers.host === undefined) return 'AccessDenied';
  const expected = signatureOf({
    request,
    url,
    headers,
    region: scope.split('/')[2] ?? '',
    credentials,
    isQuery: query !== null,
  });
  return expected === given ? undefined : 'SignatureDoesNotMatch';
}

interface Signed {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly region: string;
  readonly credentials: StorageCredentials;
  readonly isQuery: boolean;
}

function signatureOf({ request, url, headers, region, credentials, isQuery }: Signed): string | undefined {
  const path = (request.url ?? '/').replace(/([?&])X-Amz-Signature=[0-9a-f]+&?/, '$1').replace(/[?&]$/, '');
  const signer = new aws4.RequestSigner(
    {
      host: headers.host ?? '',
      path,
      method: request.method ?? 'GET',
      service: 's3',
      region,
      headers: isQuery ? headers : { ...headers, 'x-amz-date': String(request.headers['x-amz-date'] ?? '') },
      signQuery: isQuery,
    },
    credentials,
  );
  const signed = signer.sign();
  if (isQuery) return new URL(signed.path, url).searchParams.get('X-Amz-Signature') ?? undefined;
  return /Signature=([0-9a-f]+)/.exec(signed.headers.Authorization ?? '')?.[1];
}

function isExpired(url: URL): boolean {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(url.searchParams.get('X-Amz-Date') ?? '') ?? [];
  const signedMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const lifeMs = Number(url.searchParams.get('X-Amz-Expires')) * 1_000;
  return !(signedMs + lifeMs > Date.now());
}
