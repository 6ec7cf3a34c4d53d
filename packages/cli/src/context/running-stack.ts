import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonFile, writePrivateJson } from './private-file.ts';

/**
 * What a running `stk dev` leaves in `.stk/dev/context.json` (mode 600) of its project folder, so that other commands there
 * reach it without flags. It is removed when the stack stops, and ignored when the process is gone.
 */
export interface RunningStack {
  readonly pid: number;
  readonly hubUrl: string;
  readonly project: string;
  readonly env: string;
  readonly token: string;
}

/** The stack that runs for this folder, or undefined. A file that names a Hub elsewhere was not written by `stk dev`. */
export function readRunningStack(folder: string): RunningStack | undefined {
  const path = runningStackPath(folder);
  if (!existsSync(path)) return undefined;
  const document = readJsonFile(path);
  return isRunningStack(document) && isOnLoopback(document.hubUrl) && isAlive(document.pid) ? document : undefined;
}

export function writeRunningStack(folder: string, stack: RunningStack): void {
  writePrivateJson(runningStackPath(folder), stack);
}

export function removeRunningStack(folder: string): void {
  rmSync(runningStackPath(folder), { force: true });
}

function runningStackPath(folder: string): string {
  return join(folder, '.stk', 'dev', 'context.json');
}

function isRunningStack(value: unknown): value is RunningStack {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, hubUrl, project, env, token } = value as Record<string, unknown>;
  return typeof pid === 'number' && [hubUrl, project, env, token].every((text) => typeof text === 'string');
}

function isOnLoopback(hubUrl: string): boolean {
  return URL.canParse(hubUrl) && new URL(hubUrl).hostname === '127.0.0.1';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // ESRCH: gone. EPERM: another user's process, hence not the stack that wrote this file.
    return false;
  }
}
