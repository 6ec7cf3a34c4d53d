import { releaseListSchema, releaseSchema } from '@santokit/contract';
import type { z } from 'zod';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { printable, tableText } from '../output/table-text.ts';
import { requireThing } from './thing.ts';

export const defineRelease: Define = (command, run) => {
  command.command('current').description('show what Bridges serve').action(run(currentRelease));
  command.command('list').description('list releases, newest first').action(run(listReleases));
  command
    .command('show [release-id]')
    .description('show one release')
    .option('--release-id <id>')
    .action(run(showRelease));
};

async function currentRelease(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  return releaseAnswer(await hub.call('releaseCurrent', releaseSchema, { at }));
}

async function listReleases(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('releaseList', releaseListSchema, { at });
  const rows = document.items.map((release) => [
    release.releaseId,
    release.current ? 'current' : '',
    release.ref,
    release.createdAt,
    release.createdBy,
  ]);
  return { document, text: tableText(['release', '', 'ref', 'created', 'by'], rows, 'No releases') };
}

async function showRelease(
  invocation: Invocation,
  options: { releaseId?: string },
  positional?: string,
): Promise<Answer> {
  const releaseId = requireThing(positional, options.releaseId, { what: 'the release', flag: '--release-id' });
  const { hub, at } = openEnv(invocation);
  return releaseAnswer(await hub.call('releaseShow', releaseSchema, { at: { ...at, releaseId } }));
}

function releaseAnswer(release: z.infer<typeof releaseSchema>): Answer {
  const { releaseId, contentHash, ref, createdAt, createdBy, current } = release;
  const lines = [
    `${releaseId}${current ? ' (current)' : ''}`,
    `content ${contentHash}`,
    `ref     ${ref}`,
    `created ${createdAt} by ${createdBy}`,
  ];
  return { document: release, text: lines.map(printable).join('\n') };
}
