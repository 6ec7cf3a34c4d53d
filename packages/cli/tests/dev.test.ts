import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stk } from './memory-streams.ts';

const launcher = fileURLToPath(new URL('../bin/stk.mjs', import.meta.url));

describe('a running stk dev', () => {
  let folder: string;
  let dev: ChildProcess;
  let output = '';
  let notes = '';
  const urlOf = (name: string) => new RegExp(`^${name} +(http://\\S+)$`, 'm').exec(output)?.[1] ?? '';
  const here = () => ({ cwd: folder });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stk-dev-cli-'));
    await stk(['init'], here());
    const args = ['dev', '--hub-port', '0', '--bridge-port', '0'];
    dev = spawn(process.execPath, [launcher, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    dev.stdout?.on('data', (chunk: Buffer) => (output += chunk));
    dev.stderr?.on('data', (chunk: Buffer) => (notes += chunk));
    await Promise.race([once(dev.stdout as NodeJS.ReadableStream, 'data'), once(dev, 'exit')]);
    expect(output, notes).toContain('Ctrl-C');
  });
  afterAll(async () => {
    if (dev.exitCode === null && dev.signalCode === null) {
      dev.kill('SIGTERM');
      await once(dev, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  /** The service's process, by the file that it runs (Linux: proc(5)). */
  function servicePid(app: string): number {
    const children = readFileSync(`/proc/${dev.pid}/task/${dev.pid}/children`, 'utf8').trim().split(' ').map(Number);
    return children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`apps/${app}/`)) ?? 0;
  }

  it('is reached by other commands in the folder without flags', async () => {
    const current = await stk(['release', 'current', '--json'], here());
    expect(current.exitCode).toBe(0);
    expect(output).toContain((JSON.parse(current.stdout) as { releaseId: string }).releaseId);
    expect((await stk(['schema', 'plan'], here())).stdout).toBe('The database matches: nothing to do\n');
    expect((await stk(['schema', 'drift'], here())).exitCode).toBe(0);
  });

  it('leaves a signed-in test user in a file, and keeps secrets to their owner', async () => {
    const path = join(folder, '.stk/dev/test-user.json');
    const user = JSON.parse(readFileSync(path, 'utf8')) as { accessToken: string; id: string };
    const response = await fetch(`${urlOf('Bridge')}/call/db/notebooks/insert`, {
      method: 'POST',
      headers: { authorization: `Bearer ${user.accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ data: { title: 'First' } }),
    });
    expect(await response.json()).toMatchObject({ data: { title: 'First', owner_id: user.id } });
    for (const name of ['test-user.json', 'state.json', 'context.json', 'owner.json']) {
      expect(statSync(join(folder, '.stk/dev', name)).mode & 0o077).toBe(0);
    }
    expect(existsSync(join(folder, '.stk/context.json'))).toBe(false);
  });

  it('says in a second run that it runs already', async () => {
    const second = spawn(process.execPath, [launcher, 'dev', '--json'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(second.stdout, 'data')) as [Buffer];
    expect(JSON.parse(line.toString())).toMatchObject({
      error: { message: expect.stringContaining('runs here already') },
    });
    expect((await once(second, 'exit'))[0]).toBe(1);
  });

  it('tells what an apply warns of, as stk apply does', async () => {
    appendFileSync(join(folder, 'config/permissions.yaml'), '\nlogics:\n  "reports/*": { roles: [admin] }\n');
    await expect.poll(() => notes, { timeout: 10_000 }).toContain('warning: config/permissions.yaml: no logic');
  });

  it('leaves a change that destroys data to stk apply, which asks', async () => {
    const path = join(folder, 'schema/notes.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^.*created_at.*\n/m, ''));
    await expect.poll(() => notes, { timeout: 10_000 }).toContain('stk apply --force');
    expect(notes).toContain('! destructive main/notes: ');
    expect((await stk(['apply'], here())).exitCode).toBe(3);
    expect((await stk(['apply', '--yes'], here())).exitCode).toBe(0);
    expect((await stk(['schema', 'plan', '--json'], here())).stdout).toContain('"plan":[]');
  });

  it('starts a killed Hub again on its port', async () => {
    const killed = servicePid('hub');
    process.kill(killed, 'SIGKILL');
    await expect.poll(() => stk(['whoami'], here()).then(({ exitCode }) => exitCode), { timeout: 20_000 }).toBe(1);
    await expect.poll(() => stk(['whoami'], here()).then(({ exitCode }) => exitCode), { timeout: 20_000 }).toBe(0);
    expect(servicePid('hub')).not.toBe(killed);
  });

  it('stops within seconds on Ctrl-C, with nothing left behind and exit code 0', async () => {
    const exited = once(dev, 'exit');
    process.kill(-(dev.pid ?? 0), 'SIGINT');
    expect(await exited).toEqual([0, null]);
    const left = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandLine(name).includes(folder));
    expect(left.map(commandLine)).toEqual([]);
    expect((await stk(['whoami'], here())).exitCode).toBe(2);
  });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it is gone
  }
}
