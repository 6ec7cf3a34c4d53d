import { type Json, parseJson, StkError } from '@santokit/contract';
import type { BindInput, Plan, QueryResult } from '@santokit/engine';

/** Step 7: the finished body. @throws StkError `RESULT_TOO_LARGE` */
export function answerOf(plan: Plan, result: QueryResult, input: BindInput, mostBytes: number): string {
  const { data, meta } = plan.answer(result, input);
  const body = meta === undefined ? `{"data":${data}}` : `{"data":${data},"meta":${meta}}`;
  // No UTF-16 unit takes more than three bytes of UTF-8, so most answers need no count.
  if (body.length * 3 > mostBytes && Buffer.byteLength(body) > mostBytes)
    throw new StkError(
      'RESULT_TOO_LARGE',
      `The answer is larger than ${mostBytes} bytes; ask for fewer rows or columns`,
    );
  return body;
}

/** The text of a finished body. */
export function textOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.length).toString();
}

/** What a finished body answers, beside what it says of itself. */
export function dataOf(body: string | Uint8Array): Json | undefined {
  const { data } = parseJson(textOf(body)) as { readonly data?: Json };
  return data;
}
