/** A file of a project: `path` is relative to the project folder, with forward slashes. */
export interface ProjectFile {
  readonly path: string;
  readonly content: string;
}

/** What is wrong in a project file, and where: `line` and `column` count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** `file:line:column: message`, the form in which editors and terminals link to a place. */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
}
