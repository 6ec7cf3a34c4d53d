import { CREDENTIAL_NAMES, type Credentials } from './credentials.ts';
import { answerTo } from './load.ts';
import { SCENARIO_NAMES } from './scenarios.ts';
import type { Stage } from './stage.ts';

const COMPARED = 200;

/** Calls must be answered with the same bytes by both sides, but for the ids of new rows. @throws Error that shows the first difference */
export async function requireSameAnswers({ bridge, handWritten }: Stage, credentials: Credentials): Promise<void> {
  for (const credential of CREDENTIAL_NAMES) {
    await credentials.stock(credential, SCENARIO_NAMES.length * COMPARED);
    for (const scenario of SCENARIO_NAMES)
      for (let n = 0; n < COMPARED; n++) {
        const request = credentials.next(scenario, credential);
        const answers = await Promise.all([bridge, handWritten].map(({ url }) => answerTo(url, request)));
        const [ours = '', theirs] = answers.map((answer) => (scenario === 'insert' ? withoutId(answer) : answer));
        if (ours !== theirs)
          throw new Error(`Answers differ for ${request.call.body}, ${credential}:\n${answers.join('\n')}`);
      }
  }
}

/** The id of a new row, which each side makes, is a ULID. */
function withoutId(answer: string): string {
  return answer.replace(/"id":"[0-9A-HJKMNP-TV-Z]{26}"/, '"id":""');
}
