import type { Json } from '@santokit/contract';
import { JsonInspection } from '@santokit/engine';
import { inTurn } from './in-turn.ts';

/** Has all of a large document looked at while other requests get their turn, so that the columns for which there are parts of it need not. */
export async function inspectJson(document: Json): Promise<Json> {
  const inspection = new JsonInspection(document);
  while (await inTurn(() => inspection.step()));
  return document;
}
