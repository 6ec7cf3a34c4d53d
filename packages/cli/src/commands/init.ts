import { resolve } from 'node:path';
import { writeTemplate } from '../init/write-template.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';

export const defineInit: Define = (command, run) => {
  command.action(run(init));
};

/** The folder is the argument, `--dir`, or the current one; it is made when it is missing. */
async function init(invocation: Invocation, _options: unknown, positional?: string): Promise<Answer> {
  const folder = resolve(invocation.cwd, positional ?? invocation.flags.dir ?? '.');
  const { written, kept } = writeTemplate(folder);
  const lines = [
    ...written.map((path) => `  ${path}`),
    ...kept.map((path) => `  ${path} (kept as it was)`),
    `A project in ${folder}. Run it with: stk dev${folder === invocation.cwd ? '' : ` --dir ${folder}`}`,
  ];
  return { document: { folder, files: written, kept }, text: lines.join('\n') };
}
