import { PASSWORD } from './fill-users.ts';
import { BRIDGE_TOKEN, type HubStage, PLACE } from './hub-stage.ts';

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Signs in. @returns the session */
export async function logIn(stage: HubStage, email: string): Promise<Session> {
  return await post<Session>(stage, '/endusers/login', { email, password: PASSWORD });
}

/** Has a password verified by the server that does nothing else. */
export async function verifyAlone({ argon2 }: HubStage): Promise<void> {
  const response = await fetch(argon2.url, { method: 'POST', body: PASSWORD });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`A password verified alone: ${response.status}`);
}

/** Signs in with a password that is wrong. @throws Error when that is not refused with 401 */
export async function logInRefused(stage: HubStage, email: string): Promise<void> {
  const response = await send(stage, '/endusers/login', { email, password: 'not the password of anybody' });
  await response.arrayBuffer();
  if (response.status !== 401) throw new Error(`A login with a wrong password: ${response.status}`);
}

/** @returns the session's next refresh token */
export async function renew(stage: HubStage, refreshToken: string): Promise<string> {
  return (await post<Session>(stage, '/endusers/token', { refreshToken })).refreshToken;
}

/** Sends what an end user does. @returns what is answered */
export async function post<T>(stage: HubStage, path: string, body: object, token?: string): Promise<T> {
  const response = await send(stage, path, body, token);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { data: T }).data;
}

/** Reads as an operator, or under `/internal` as a Bridge. */
export async function read(stage: HubStage, path: string): Promise<void> {
  const token = path.startsWith('/internal/') ? BRIDGE_TOKEN : stage.token;
  const response = await fetch(stage.url + path, { headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
}

function send({ url }: HubStage, path: string, body: object, token?: string): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ ...PLACE, ...body }),
  });
}
