import { planRequestSchema } from '@santokit/contract';
import type { z } from 'zod';
import { parseRequest } from '../commands/thing.ts';
import { requireProjectFolder } from '../context/project-folder.ts';
import type { Invocation } from '../invocation.ts';
import { readProject } from './read-project.ts';

/** The project files of this folder as the body of a request; notes go to the user. */
export function projectBody(invocation: Invocation): z.infer<typeof planRequestSchema> {
  const { files, notes } = readProject(requireProjectFolder(invocation));
  for (const note of notes) invocation.console.note(note);
  return parseRequest(planRequestSchema, { files: [...files] });
}
