import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeContextFile } from '../context/context-file.ts';
import { projectName } from './project-name.ts';

describe('the name of a project in stk dev', () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'stk-name-'));
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  function folder(name: string, manifest?: string): string {
    const path = join(parent, name);
    mkdirSync(path);
    if (manifest !== undefined) writeFileSync(join(path, 'package.json'), manifest);
    return path;
  }

  it.each([
    ['shop', undefined, 'shop'],
    ['My Shop_2', undefined, 'my-shop-2'],
    ['-_-', undefined, 'project'],
    ['Läden', undefined, 'l-den'],
    ['x'.repeat(60), undefined, 'x'.repeat(40)],
    ['folder', '{"name":"@acme/web.shop"}', 'web-shop'],
    ['folder', '{"name":7}', 'folder'],
    ['folder', '{', 'folder'],
  ])('folder %j with package.json %j is %j', (name, manifest, expected) => {
    expect(projectName(folder(name, manifest))).toBe(expected);
  });

  it('is what the context says, before all else', () => {
    const path = folder('a', '{"name":"b"}');
    writeContextFile(path, { project: 'c' });
    expect(projectName(path)).toBe('c');
  });
});
