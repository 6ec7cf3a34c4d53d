import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { choosePort } from './choose-port.ts';
import { claimStackFolder } from './claim-stack-folder.ts';
import { createStackFolder } from './stack-folder.ts';
import { openStackState } from './stack-state.ts';

describe('the data folder of a local stack', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stk-folder-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is kept out of git by itself', async () => {
    const dataDir = await createStackFolder(join(folder, 'a', 'dev'));
    expect(await readFile(join(dataDir, '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('that cannot be made is told by name', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(createStackFolder(join(folder, 'file', 'dev'))).rejects.toThrow(/file\/dev cannot be used/);
  });

  it('has one owner at a time, and a dead one does not count', async () => {
    const claim = await claimStackFolder(folder);
    await expect(claimStackFolder(folder)).rejects.toThrow(/runs here already \(process \d+/);
    await claim.release();
    await writeFile(
      join(folder, 'owner.json'),
      JSON.stringify({ pid: process.pid, identity: 'of an earlier process' }),
    );
    await (await claimStackFolder(folder)).release();
  });

  it('keeps the same secrets between runs, readable by their owner alone', async () => {
    const first = openStackState(folder);
    first.save({ apiKey: { project: 'shop', keyId: 'k', key: 'stk_key_k_secret' } });
    const second = openStackState(folder);
    expect(second.state).toEqual({ ...first.state, apiKey: { project: 'shop', keyId: 'k', key: 'stk_key_k_secret' } });
    expect((await stat(join(folder, 'state.json'))).mode & 0o777).toBe(0o600);
    expect(Buffer.from(second.state.masterKey, 'base64')).toHaveLength(32);
  });

  it.each(['', '{', '{}', '[]', 'null'])('with the damaged state %j is refused, not overwritten', async (text) => {
    await writeFile(join(folder, 'state.json'), text);
    expect(() => openStackState(folder)).toThrow(/--reset/);
    expect(await readFile(join(folder, 'state.json'), 'utf8')).toBe(text);
  });
});

describe('the port of a service', () => {
  it('that is taken is told with the flag that gives another', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    await expect(choosePort(port, { flag: '--hub-port', not: 0 })).rejects.toThrow(
      `Port ${port} is in use: give another with --hub-port`,
    );
    await new Promise((resolve) => server.close(resolve));
    expect(await choosePort(port, { flag: '--hub-port', not: 0 })).toBe(port);
  });

  it('cannot be the other service’s', async () => {
    await expect(choosePort(4_000, { flag: '--bridge-port', not: 4_000 })).rejects.toThrow('--bridge-port');
  });
});
