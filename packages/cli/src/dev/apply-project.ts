import { type ApplyAnswer, applyAnswerSchema } from '@santokit/contract';
import { CliFailure } from '../cli-failure.ts';
import type { Console } from '../output/console.ts';
import { noteWarnings } from '../output/note-warnings.ts';
import { gitRef } from '../project-folder/git-ref.ts';
import { readProject } from '../project-folder/read-project.ts';
import type { DevTarget } from './dev-target.ts';
import type { OperatorSession } from './operator-session.ts';

export interface ProjectApplier {
  /** Applies the folder as it is now, and tells what the Hub warns of. Throws what it refuses, with its problems. */
  apply(): Promise<ApplyAnswer>;
}

export interface ApplierOptions {
  readonly folder: string;
  readonly target: DevTarget;
  readonly console: Console;
  readonly session: OperatorSession;
  /** Opens another session when the first has ended: sessions last 12 hours, a stack may run for days. */
  readonly renew: () => Promise<OperatorSession>;
}

export function createProjectApplier({ folder, target, console, session, renew }: ApplierOptions): ProjectApplier {
  let { hub } = session;
  return {
    async apply() {
      const { files, notes } = readProject(folder);
      for (const note of notes) console.note(note);
      const body = { files, ref: await gitRef(folder) };
      const send = () => hub.call('apply', applyAnswerSchema, { at: target.at, body });
      const answer = await send().catch(async (error: unknown) => {
        if (!(error instanceof CliFailure) || error.code !== 'UNAUTHORIZED') throw error;
        hub = (await renew()).hub;
        return send();
      });
      noteWarnings(console, answer.warnings);
      return answer;
    },
  };
}
