import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('../bin/stk.mjs', import.meta.url));
/** A Node that is older than ours, where the machine has one: the launcher then starts a second process. */
const nodes = [process.execPath, '/usr/bin/node'].filter((path) => existsSync(path));

describe.each(nodes)('stk as a process of %s', (node) => {
  let cwd: string;
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'stk-launcher-'));
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  async function run(args: readonly string[], file = launcher) {
    const environment = { PATH: process.env.PATH, HOME: cwd, FORCE_COLOR: undefined };
    const child = spawn(node, [file, ...args], { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr };
  }

  it('passes output and exit code through', async () => {
    expect(await run(['version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
    expect(await run(['--version', '--json'])).toEqual({ code: 0, stdout: '{"version":"0.1.0"}\n', stderr: '' });
  });

  it('tells wrong usage in one line without colour or stack trace', async () => {
    expect(await run(['apply', '--fast'])).toEqual({ code: 2, stdout: '', stderr: "error: unknown option '--fast'\n" });
    expect((await run(['project', 'list'])).stderr).toMatch(/^error: No Hub given: [^\n]+\n$/);
  });

  it('tells a Hub that is down in one line', async () => {
    const args = ['project', 'list', '--hub-url', 'http://127.0.0.1:9', '--token', 'x'];
    expect(await run(args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: Cannot reach the Hub [^\n]+\n$/),
    });
  });

  it('runs when it is called by a link to it', async () => {
    const link = join(cwd, 'stk');
    symlinkSync(launcher, link);
    expect(await run(['version'], link)).toMatchObject({ code: 0, stdout: '0.1.0\n' });
  });

  it('ends without complaint when nobody reads on', async () => {
    const child = spawn('/bin/sh', ['-c', `"${node}" "${launcher}" --help | true`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
    await once(child, 'close');
    expect(stderr).toBe('');
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('leaves no process behind after %s', async (signal) => {
    // Waits for standard input, so that there is something to stop.
    const args = ['login', '--hub-url', 'http://127.0.0.1:9', '--email', 'a@example.com', '--password', '-'];
    const child = spawn(node, [launcher, ...args], { cwd, stdio: ['pipe', 'ignore', 'pipe'], detached: true });
    await new Promise((resolve) => setTimeout(resolve, 700));
    const group = -(child.pid ?? 0);
    expect(isAlive(group)).toBe(true);
    child.kill(signal);
    await expect.poll(() => isAlive(group), { timeout: 5_000 }).toBe(false);
  });
  it.each(['npm', 'shell'] as const)('that npm started through a shell stops when the %s is killed', async (killed) => {
    const command = `"${node}" "${launcher}" login --hub-url http://127.0.0.1:9 --email a@example.com --password - <&0; true`;
    const npm = `process.title = 'npm exec stk'; const { spawn } = require('node:child_process');
      console.log(spawn('/bin/sh', ['-c', ${JSON.stringify(command)}], { stdio: ['pipe', 'inherit', 'inherit'] }).pid);`;
    const child = spawn(process.execPath, ['-e', npm], { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const shell = Number(line.toString());
    await new Promise((resolve) => setTimeout(resolve, 700));
    const launched = childOf(shell);
    expect(launched).toBeGreaterThan(0);
    process.kill(killed === 'npm' ? (child.pid ?? 0) : shell, 'SIGKILL');
    await expect.poll(() => isRunning(launched), { timeout: 5_000 }).toBe(false);
    child.kill('SIGKILL');
  });
});

/** Linux: proc(5). */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

/** False for a process that has ended and was not collected by its parent. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false; // it is gone
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
