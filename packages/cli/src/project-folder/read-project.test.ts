import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliFailure } from '../cli-failure.ts';
import { readProject } from './read-project.ts';

describe('reading a project folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stk-project-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(path: string, content: string | Uint8Array = 'x'): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const paths = () => readProject(folder).files.map((file) => file.path);
  function problems(): unknown {
    try {
      readProject(folder);
    } catch (error) {
      if (error instanceof CliFailure) return error.details?.problems;
    }
    return undefined;
  }

  it('takes the files of the contract, in the order of their paths, and nothing else', () => {
    const known = [
      'config/auth.yaml',
      'config/limits.yaml',
      'config/permissions.yaml',
      'config/storage.yaml',
      'cron/c.yaml',
      'events/subscriptions/s.yaml',
      'events/topics/t.yaml',
      'events/triggers/g.yaml',
      'logics/a.sql',
      'logics/deep/er/b.ts',
      'schema/a.yaml',
      'schema/z.yaml',
      'tests/permissions/p.yaml',
    ];
    const others = [
      '.env',
      'README.md',
      'config/secrets.yaml',
      'schema/.hidden.yaml',
      'schema/deep/a.yaml',
      'schema/a.yaml.bak',
      'logics/node_modules/x.ts',
      'logics/.git/x.sql',
      'node_modules/a.yaml',
      '.stk/context.json',
    ];
    for (const path of [...known, ...others]) write(path);
    expect(paths()).toEqual(known);
  });

  it('says which files look as if they were meant to be read', () => {
    for (const path of ['schema/posts.yml', 'config/permission.yaml', 'schema/readme.md']) write(path);
    expect(readProject(folder)).toEqual({
      files: [],
      notes: [
        'schema/posts.yml is not read: name it .yaml',
        'config/permission.yaml is not read: config/ holds permissions.yaml, storage.yaml, auth.yaml, limits.yaml',
      ],
    });
  });

  it('refuses events that lie where nobody looks for any', () => {
    for (const path of ['events/foo.yaml', 'events/others/a.yml', 'events/readme.md', 'events/topics/a.yaml'])
      write(path);
    const at = { line: 1, column: 1, message: expect.stringContaining('has no place') };
    expect(problems()).toEqual([
      { file: 'events/foo.yaml', ...at },
      { file: 'events/others/a.yml', ...at },
    ]);
  });

  it('leaves a byte order mark out and keeps every other character', () => {
    write('schema/a.yaml', '\uFEFFa: "\u00e4\ud83d\ude00\r\n"');
    expect(readProject(folder).files).toEqual([{ path: 'schema/a.yaml', content: 'a: "ä😀\r\n"' }]);
  });

  it('tells every file that cannot be sent, at once', () => {
    write('schema/binary.yaml', new Uint8Array([0x61, 0xff, 0xfe]));
    write('schema/large.yaml');
    truncateSync(join(folder, 'schema/large.yaml'), 1024 * 1024 + 1);
    symlinkSync('/etc/passwd', join(folder, 'schema/outside.yaml'));
    symlinkSync('nowhere', join(folder, 'schema/dangling.yaml'));
    execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', join(folder, 'schema/pipe.yaml')]);
    const at = { line: 1, column: 1 };
    expect(problems()).toEqual(
      expect.arrayContaining([
        { file: 'schema/binary.yaml', ...at, message: 'not UTF-8 text' },
        { file: 'schema/large.yaml', ...at, message: 'larger than 1 MiB' },
        { file: 'schema/outside.yaml', ...at, message: 'a link that leads out of the project folder' },
        { file: 'schema/dangling.yaml', ...at, message: 'a link that leads nowhere' },
        { file: 'schema/pipe.yaml', ...at, message: 'not a regular file' },
      ]),
    );
    expect(problems()).toHaveLength(5);
  });

  it('follows links that stay inside, and ends in spite of loops', () => {
    write('shared/notes.yaml');
    mkdirSync(join(folder, 'schema'));
    symlinkSync('../shared/notes.yaml', join(folder, 'schema/notes.yaml'));
    write('logics/a.sql');
    symlinkSync('.', join(folder, 'logics/again'));
    expect(paths()).toEqual(['logics/a.sql', 'schema/notes.yaml']);
  });

  it('refuses a folder that is a link to elsewhere', () => {
    symlinkSync('/etc', join(folder, 'logics'));
    expect(problems()).toEqual([
      { file: 'logics', line: 1, column: 1, message: 'a link that leads out of the project folder' },
    ]);
  });
});
