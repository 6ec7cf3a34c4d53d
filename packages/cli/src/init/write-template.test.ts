import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProject as readModel } from '@santokit/project';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readProject } from '../project-folder/read-project.ts';
import { writeTemplate } from './write-template.ts';

describe('a scaffolded project', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stk-init-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('has all its project files in the places that stk reads', () => {
    const { written } = writeTemplate(folder);
    const { files, notes } = readProject(folder);
    expect([...files.map((file) => file.path), '.gitignore', 'README.md'].toSorted()).toEqual([...written].toSorted());
    expect(notes).toEqual([]);
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toMatch(/^\.stk\/\*\n!\.stk\/context\.json$/m);
  });

  it('is valid as it is', () => {
    writeTemplate(folder);
    expect(readModel(readProject(folder).files)).toMatchObject({ problems: [], warnings: [] });
  });

  it('never overwrites a file, and writes nothing beside one that it would have to', () => {
    writeFileSync(join(folder, 'README.md'), 'mine');
    expect(writeTemplate(folder).kept).toEqual(['README.md']);
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('mine');
    rmSync(join(folder, 'schema/notes.yaml'));
    expect(() => writeTemplate(folder)).toThrow(/Nothing was written/);
    expect(() => readFileSync(join(folder, 'schema/notes.yaml'))).toThrow(/ENOENT/);
  });
});
