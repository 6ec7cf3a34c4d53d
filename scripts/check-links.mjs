// Every relative link in a Markdown file of the repository leads to something that exists.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './bootstrap.mjs';

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter(Boolean);
const dead = files.flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8').replace(/```[\s\S]*?```/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target.split('#')[0])
    .filter(
      (target) =>
        target !== '' && !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(file), decodeURIComponent(target))),
    )
    .map((target) => `${file}: ${target}`);
});
for (const link of dead) console.error(`Dead link in ${link}`);
console.log(`${files.length} Markdown files, ${dead.length} dead links`);
process.exit(dead.length === 0 ? 0 : 1);
