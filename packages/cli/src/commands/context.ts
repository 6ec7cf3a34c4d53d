import { resourceNameSchema } from '@santokit/contract';
import { usageFailure } from '../cli-failure.ts';
import { resolveContext } from '../context/context.ts';
import { contextFilePath, readContextFile, removeContextFile, writeContextFile } from '../context/context-file.ts';
import { normalizeHubUrl } from '../context/hub-url.ts';
import { findProjectFolder, projectOrCurrentFolder } from '../context/project-folder.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { parseRequest } from './thing.ts';

export const defineContext: Define = (command, run) => {
  command.command('set').description('keep what --hub-url, --project and --env give').action(run(setContext));
  command.command('show').description('show what applies here, and who said so').action(run(showContext));
  command.command('clear').description('forget it').action(run(clearContext));
};

async function setContext(invocation: Invocation): Promise<Answer> {
  const { hubUrl, project, env } = invocation.flags;
  if (hubUrl === undefined && project === undefined && env === undefined) {
    throw usageFailure('Say what to keep: --hub-url, --project, --env');
  }
  const folder = projectOrCurrentFolder(invocation);
  const context = {
    ...readContextFile(folder),
    ...(hubUrl === undefined ? {} : { hubUrl: normalizeHubUrl(hubUrl, '--hub-url') }),
    ...(project === undefined ? {} : { project: parseRequest(resourceNameSchema, project) }),
    ...(env === undefined ? {} : { env: parseRequest(resourceNameSchema, env) }),
  };
  writeContextFile(folder, context);
  const file = contextFilePath(folder);
  return { document: { ...context, file }, text: `Kept in ${file}` };
}

async function showContext(invocation: Invocation): Promise<Answer> {
  const context = resolveContext(invocation);
  const folder = findProjectFolder(invocation);
  const rows = [
    ['hubUrl', context.hubUrl],
    ['project', context.project],
    ['env', context.env],
  ] as const;
  const document = {
    ...Object.fromEntries(rows.map(([key, found]) => [key, found?.value ?? null])),
    signedIn: context.token !== undefined,
    folder: folder ?? null,
    sources: Object.fromEntries(rows.map(([key, found]) => [key, found?.source ?? null])),
  };
  const lines = rows.map(
    ([key, found]) => `${key.padEnd(8)} ${found === undefined ? '-' : `${found.value} (${found.source})`}`,
  );
  return { document, text: [...lines, `folder   ${folder ?? '-'}`].join('\n') };
}

async function clearContext(invocation: Invocation): Promise<Answer> {
  const folder = projectOrCurrentFolder(invocation);
  const file = contextFilePath(folder);
  removeContextFile(folder);
  return { document: { cleared: true, file }, text: `Cleared ${file}` };
}
