import { join } from 'node:path';
import { CliFailure } from '../cli-failure.ts';
import type { Environment } from '../config.ts';
import { readJsonFile, writePrivateJson } from './private-file.ts';

/** An operator's session at one Hub. */
export interface Credential {
  readonly token: string;
  readonly email: string;
  readonly expiresAt: string;
}

type Credentials = Readonly<Record<string, Credential>>;

/** The session kept for a Hub, or undefined. Sessions are kept per Hub, so that a token is never sent to another. */
export function readCredential(environment: Environment, hubUrl: string): Credential | undefined {
  return readAll(environment)[hubUrl];
}

export function saveCredential(environment: Environment, hubUrl: string, credential: Credential): void {
  writeAll(environment, { ...readAll(environment), [hubUrl]: credential });
}

/** Forgets a Hub's session; says whether there was one. */
export function removeCredential(environment: Environment, hubUrl: string): boolean {
  const { [hubUrl]: removed, ...rest } = readAll(environment);
  if (removed === undefined) return false;
  writeAll(environment, rest);
  return true;
}

function credentialsPath(environment: Environment): string {
  return join(environment.configFolder, 'credentials.json');
}

function readAll(environment: Environment): Credentials {
  const path = credentialsPath(environment);
  const document = readJsonFile(path) ?? { hubs: {} };
  if (isCredentialsDocument(document)) return document.hubs;
  throw new CliFailure('BAD_REQUEST', `${path} is not a list of sessions: remove it and sign in again`);
}

function writeAll(environment: Environment, hubs: Credentials): void {
  writePrivateJson(credentialsPath(environment), { hubs });
}

function isCredentialsDocument(document: unknown): document is { hubs: Credentials } {
  if (typeof document !== 'object' || document === null || !('hubs' in document)) return false;
  const { hubs } = document;
  return typeof hubs === 'object' && hubs !== null && Object.values(hubs).every(isCredential);
}

function isCredential(value: unknown): value is Credential {
  return typeof value === 'object' && value !== null && 'token' in value && typeof value.token === 'string';
}
