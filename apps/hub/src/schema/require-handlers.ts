import type { CompiledEvents, CompiledLogics, Problem } from '@santokit/contract';
import type { SubscriptionSource } from '@santokit/project';
import { requiredParams } from './required-params.ts';

/** Tells of handlers that no event could ever run: SQL is given no params, and a function the fields of the topic. */
export function requireHandlers(
  subscriptions: readonly SubscriptionSource[],
  { topics, logics }: { readonly topics: CompiledEvents['topics']; readonly logics: CompiledLogics },
  problems: Problem[],
): void {
  for (const { handler, topic } of subscriptions) {
    const { value, ...at } = handler;
    const logic = Object.hasOwn(logics, value) ? logics[value] : undefined;
    const fields = Object.hasOwn(topics, topic.value) ? topics[topic.value]?.schema : undefined;
    if (logic === undefined || fields === undefined) continue;
    const given = logic.kind === 'sql' ? [] : Object.keys(fields);
    const lacking = requiredParams(logic).filter((name) => !given.includes(name));
    if (lacking.length === 0) continue;
    const why =
      logic.kind === 'sql'
        ? 'a handler of SQL has the payload as :event.<field>, and no params'
        : `the topic "${topic.value}" has no such field`;
    problems.push({ ...at, message: `logics/${value} has required params (${lacking.join(', ')}): ${why}` });
  }
}
