import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CliFailure } from '../cli-failure.ts';
import { readJsonFile, writePrivateJson } from './private-file.ts';

/** `.stk/context.json`: which Hub, project and env the commands in a folder are about. It holds no secret. */
export interface ContextFile {
  readonly hubUrl?: string;
  readonly project?: string;
  readonly env?: string;
}

const KEYS = ['hubUrl', 'project', 'env'] as const;

export function contextFilePath(folder: string): string {
  return join(folder, '.stk', 'context.json');
}

/** The context of a project folder; empty when it has none. */
export function readContextFile(folder: string): ContextFile {
  const path = contextFilePath(folder);
  const document = readJsonFile(path);
  if (document === undefined) return {};
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw malformed(path);
  const entries = Object.entries(document);
  for (const [key, value] of entries) {
    if (!KEYS.some((known) => known === key) || typeof value !== 'string') throw malformed(path);
  }
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

export function writeContextFile(folder: string, context: ContextFile): void {
  writePrivateJson(contextFilePath(folder), context);
}

export function removeContextFile(folder: string): void {
  rmSync(contextFilePath(folder), { force: true });
}

function malformed(path: string): CliFailure {
  return new CliFailure('BAD_REQUEST', `${path} must be an object with the texts ${KEYS.join(', ')}, each optional`);
}
