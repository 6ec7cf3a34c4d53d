import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEnvironment } from '../config.ts';
import type { GlobalFlags, Invocation } from '../invocation.ts';
import { createConsole, type Streams } from '../output/console.ts';
import { resolveContext } from './context.ts';
import { saveCredential } from './credentials.ts';
import { findProjectFolder } from './project-folder.ts';
import { writeRunningStack } from './running-stack.ts';

describe('where a command is aimed', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'stk-context-')));
    mkdirSync(join(folder, '.stk'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function invocation(flags: GlobalFlags, variables: Record<string, string> = {}, cwd = folder): Invocation {
    const streams = {
      stdin: new PassThrough(),
      stdout: new PassThrough(),
      stderr: new PassThrough(),
    } as unknown as Streams;
    const environment = readEnvironment({ XDG_CONFIG_HOME: join(folder, 'home'), ...variables });
    return { cwd, flags, environment, console: createConsole(streams, false) };
  }
  const contextFile = (document: unknown) =>
    writeFileSync(
      join(folder, '.stk/context.json'),
      typeof document === 'string' ? document : JSON.stringify(document),
    );
  const stack = { pid: process.pid, hubUrl: 'http://127.0.0.1:4000', project: 'local', env: 'dev', token: 'dev-token' };

  it('is decided by flags, then the environment, then the file, each value for itself', () => {
    contextFile({ hubUrl: 'https://file/', project: 'file', env: 'file' });
    const context = resolveContext(invocation({ project: 'flag' }, { STK_PROJECT: 'variable', STK_ENV: 'variable' }));
    expect(context).toEqual({
      hubUrl: { value: 'https://file', source: 'file' },
      project: { value: 'flag', source: 'flag' },
      env: { value: 'variable', source: 'environment' },
    });
  });

  it('takes an empty variable for none', () => {
    expect(resolveContext(invocation({}, { STK_HUB_URL: '', STK_TOKEN: '' }))).toEqual({});
  });

  it('uses a saved session only for the Hub that it belongs to', () => {
    const { environment } = invocation({});
    saveCredential(environment, 'https://hub', { token: 'saved', email: 'a', expiresAt: 'b' });
    expect(resolveContext(invocation({ hubUrl: 'https://hub/' })).token).toBe('saved');
    expect(resolveContext(invocation({ hubUrl: 'https://other' })).token).toBeUndefined();
    expect(resolveContext(invocation({ hubUrl: 'https://hub' }, { STK_TOKEN: 'variable' })).token).toBe('variable');
    expect(resolveContext(invocation({ hubUrl: 'https://hub', token: 'flag' }, { STK_TOKEN: 'variable' })).token).toBe(
      'flag',
    );
  });

  it('falls back to the stack that runs for the folder, with its own token', () => {
    writeRunningStack(folder, stack);
    const context = resolveContext(invocation({}, { STK_TOKEN: 'for-another-hub' }));
    expect(context.hubUrl).toEqual({ value: stack.hubUrl, source: 'dev' });
    expect([context.project?.value, context.env?.value, context.token]).toEqual(['local', 'dev', 'dev-token']);
  });

  it('forgets that stack as soon as any other Hub is named', () => {
    writeRunningStack(folder, stack);
    const context = resolveContext(invocation({ hubUrl: 'https://prod' }));
    expect([context.project, context.env, context.token]).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['of a process that is gone', { ...stack, pid: 2 ** 22 + 1 }],
    ['on another machine', { ...stack, hubUrl: 'http://evil.example' }],
    ['without a token', { ...stack, token: undefined }],
  ])('ignores a stack %s', (_, document) => {
    writeRunningStack(folder, document as typeof stack);
    expect(resolveContext(invocation({}))).toEqual({});
  });

  it.each(['{', '[]', 'null', '{"hubUrl":1}', '{"hub":"x"}'])('refuses the context file %s by name', (text) => {
    contextFile(text);
    expect(() => resolveContext(invocation({}))).toThrow(/context\.json/);
  });

  it('finds the project folder upwards, and prefers --dir', () => {
    const below = join(folder, 'a', 'b');
    mkdirSync(join(below, 'c'), { recursive: true });
    expect(findProjectFolder({ cwd: below, flags: {} })).toBe(folder);
    expect(findProjectFolder({ cwd: below, flags: { dir: 'c' } })).toBe(join(below, 'c'));
    mkdirSync(join(folder, 'a', 'schema'));
    expect(findProjectFolder({ cwd: below, flags: {} })).toBe(join(folder, 'a'));
  });
});
