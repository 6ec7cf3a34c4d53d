import type { Credentials } from './credentials.ts';
import { answerTo } from './load.ts';
import type { Stage } from './stage.ts';

const COMPARED = 200;

/** Reads must be answered with the same bytes by both sides. @throws Error that shows the first difference */
export async function requireSameAnswers({ bridge, handWritten }: Stage, credentials: Credentials): Promise<void> {
  for (const scenario of ['by key', 'list', 'list with author'] as const)
    for (let n = 0; n < COMPARED; n++) {
      const request = credentials.next(scenario, 'access token');
      const [ours, theirs] = await Promise.all([answerTo(bridge.url, request), answerTo(handWritten.url, request)]);
      if (ours !== theirs)
        throw new Error(`Answers differ for ${request.call.body}:\n${ours.slice(0, 500)}\n${theirs.slice(0, 500)}`);
    }
}
