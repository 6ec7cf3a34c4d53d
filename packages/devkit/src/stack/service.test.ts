import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFreePort } from '../postgres/free-port.ts';
import { identifyProcess } from '../postgres/process-identity.ts';
import { Service } from './service.ts';

/** A program that answers with its process id. */
const PROGRAM = `
import { createServer } from 'node:http';
console.log('started');
createServer((request, response) => response.end(String(process.pid))).listen(Number(process.env.PORT), '127.0.0.1');
`;

describe('a service of the local stack', () => {
  let folder: string;
  let url: string;
  let port: number;
  const notes: string[] = [];
  const services: Service[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stk-service-'));
    await writeFile(join(folder, 'program.mjs'), PROGRAM);
    port = await findFreePort();
    url = `http://127.0.0.1:${port}/`;
    notes.length = 0;
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  function service(program = 'program.mjs'): Service {
    const created = new Service({
      name: 'Hub',
      entry: join(folder, program),
      environment: { PORT: String(port), PATH: process.env.PATH ?? '' },
      logFile: join(folder, 'hub.log'),
      aliveUrl: url,
      note: (line) => notes.push(line),
    });
    services.push(created);
    return created;
  }

  const askPid = async () => Number(await (await fetch(url)).text());
  const gone = async (pid: number) => (await identifyProcess(pid)) === undefined;

  it('is up when start resolves and gone when stop resolves', async () => {
    const started = service();
    await started.start(AbortSignal.timeout(10_000));
    const pid = await askPid();
    await started.stop();
    expect(await gone(pid)).toBe(true);
    expect(await readFile(join(folder, 'hub.log'), 'utf8')).toBe('started\n');
  });

  it('is started again on the same port when it is killed', async () => {
    await service().start(AbortSignal.timeout(10_000));
    const pid = await askPid();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => askPid().catch(() => pid), { timeout: 10_000 }).not.toBe(pid);
    expect(notes).toEqual(['The Hub ended (SIGKILL); it is being started again']);
  });

  it('that ends at the start is told with the end of its log', async () => {
    await writeFile(join(folder, 'broken.mjs'), `console.error('STK_X is not set'); process.exit(1);`);
    await expect(service('broken.mjs').start(AbortSignal.timeout(10_000))).rejects.toThrow(
      /did not start[\s\S]*STK_X is not set/,
    );
  });

  it('does not outlive the process that runs the stack, even when that is killed', async () => {
    const runner = `
      import { Service } from ${JSON.stringify(new URL('./service.ts', import.meta.url).href)};
      const service = new Service({ name: 'Hub', entry: ${JSON.stringify(join(folder, 'program.mjs'))}, environment: { PORT: '${port}' },
        logFile: ${JSON.stringify(join(folder, 'hub.log'))}, aliveUrl: '${url}', note: () => {} });
      await service.start(AbortSignal.timeout(10_000));
      console.log('ready');
      setInterval(() => {}, 1_000);`;
    await writeFile(join(folder, 'runner.mjs'), runner);
    const parent = spawn(process.execPath, [join(folder, 'runner.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(parent.stdout, 'data');
    const pid = await askPid();
    parent.kill('SIGKILL');
    await expect.poll(() => gone(pid), { timeout: 10_000 }).toBe(true);
  });
});
