import { readFileSync } from 'node:fs';
import { HUB_LIMITS, type Problem, type ProjectFile } from '@santokit/contract';
import { CliFailure } from '../cli-failure.ts';
import { type ListedFile, listProject } from './list-project.ts';

const FILE_BYTES = 1024 * 1024;
const FILES = 5_000;

export interface ProjectContents {
  readonly files: readonly ProjectFile[];
  /** For the user: files that look as if they were meant to be read. */
  readonly notes: readonly string[];
}

/**
 * Reads the project files of a folder, in the order of their paths. Throws one `SCHEMA_VALIDATION_FAILED` with every file that
 * cannot be sent: links out of the folder, not UTF-8, more than 1 MiB; or `PAYLOAD_TOO_LARGE` for the whole.
 */
export function readProject(folder: string): ProjectContents {
  const { files: listed, refused, overlooked } = listProject(folder);
  if (listed.length > FILES) {
    throw new CliFailure('PAYLOAD_TOO_LARGE', `The project has ${listed.length} files; ${FILES} are the most`);
  }
  const problems: Problem[] = refused.map(({ path, reason }) => problemAtStart(path, reason));
  const files: ProjectFile[] = [];
  let bytes = 0;
  for (const file of listed) {
    bytes += file.stats.size;
    if (bytes > HUB_LIMITS.projectBytes) throw tooLarge();
    const content = file.stats.size > FILE_BYTES ? undefined : readText(file);
    if (content === undefined) problems.push(problemAtStart(file.path, whyUnreadable(file)));
    else files.push({ path: file.path, content });
  }
  if (problems.length === 0) return { files, notes: overlooked };
  throw new CliFailure('SCHEMA_VALIDATION_FAILED', 'Some project files cannot be read', { details: { problems } });
}

/** The text of a file, or undefined when it is not UTF-8. A byte order mark is left out. */
function readText(file: ListedFile): string | undefined {
  const bytes = readFileSync(file.absolutePath);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function whyUnreadable({ stats }: ListedFile): string {
  return stats.size > FILE_BYTES ? `larger than ${FILE_BYTES / 1024 / 1024} MiB` : 'not UTF-8 text';
}

function problemAtStart(file: string, message: string): Problem {
  return { file, line: 1, column: 1, message };
}

function tooLarge(): CliFailure {
  const mebibytes = HUB_LIMITS.projectBytes / 1024 / 1024;
  return new CliFailure('PAYLOAD_TOO_LARGE', `The project files are larger than ${mebibytes} MiB together`);
}
