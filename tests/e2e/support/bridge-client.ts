/** What the Bridge answered: the status, and `data`, `meta` or `error` of the body. */
export interface CallAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the answer holds
  readonly body: any;
}

export type Credential = { readonly apiKey: string } | { readonly token: string } | null;

/** `POST /call/<path>` with the params as the body. */
export async function callBridge(
  bridgeUrl: string,
  path: string,
  params: unknown,
  credential: Credential,
): Promise<CallAnswer> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (credential !== null && 'apiKey' in credential) headers['x-santokit-api-key'] = credential.apiKey;
  if (credential !== null && 'token' in credential) headers.authorization = `Bearer ${credential.token}`;
  const response = await fetch(`${bridgeUrl}/call/${path}`, { method: 'POST', headers, body: JSON.stringify(params) });
  return { status: response.status, body: await response.json() };
}
