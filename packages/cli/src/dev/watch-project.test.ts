import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchProject } from './watch-project.ts';

describe('watching a project', () => {
  let folder: string;
  let watch: { stop(): void } | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stk-watch-'));
    mkdirSync(join(folder, 'schema'));
    writeFileSync(join(folder, 'schema/a.yaml'), 'a');
  });
  afterEach(() => {
    watch?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function countChanges(outcomes: ('done' | 'again')[] = []): () => number {
    let calls = 0;
    watch = watchProject(
      folder,
      async () => {
        calls += 1;
        return outcomes.shift() ?? 'done';
      },
      60,
    );
    return () => calls;
  }

  it.each<[string, () => void]>([
    ['a changed file', () => writeFileSync(join(folder, 'schema/a.yaml'), 'b')],
    ['a removed file', () => rmSync(join(folder, 'schema/a.yaml'))],
    [
      'a file in a folder that was not there',
      () => {
        mkdirSync(join(folder, 'config'));
        writeFileSync(join(folder, 'config/auth.yaml'), 'x');
      },
    ],
  ])('tells of %s once', async (_, change) => {
    const calls = countChanges();
    change();
    await expect.poll(calls, { timeout: 5_000 }).toBe(1);
    await sleep(250);
    expect(calls()).toBe(1);
  });

  it('tells of nothing but project files', async () => {
    const calls = countChanges();
    mkdirSync(join(folder, '.stk'));
    writeFileSync(join(folder, '.stk/state.json'), 'x');
    writeFileSync(join(folder, 'README.md'), 'x');
    await sleep(250);
    expect(calls()).toBe(0);
  });

  it('tells again of what could not be handled', async () => {
    const calls = countChanges(['again', 'again']);
    writeFileSync(join(folder, 'schema/a.yaml'), 'b');
    await expect.poll(calls, { timeout: 5_000 }).toBe(3);
  });

  it('waits for a burst of changes to end', async () => {
    const calls = countChanges();
    for (let i = 0; i < 20; i++) {
      writeFileSync(join(folder, 'schema/a.yaml'), String(i));
      await sleep(25);
    }
    await expect.poll(calls, { timeout: 5_000 }).toBe(1);
  });
});
