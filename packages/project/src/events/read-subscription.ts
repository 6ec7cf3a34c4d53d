import type { CompiledSubscription } from '@santokit/contract';
import type { SubscriptionSource } from '../events-source.ts';
import { readRoot } from '../read-versioned-root.ts';
import type { YamlFile } from '../yaml-file.ts';
import { EventMembers } from './event-members.ts';

const KEYS = ['topic', 'name', 'description', 'handler', 'retry', 'deadLetter', 'orderBy'];
const RETRY: CompiledSubscription['retry'] = { maxRetries: 3, minBackoffMs: 1_000, maxBackoffMs: 60_000 };
const MOST_RETRIES = 100;
const BACKOFF = { least: 1, most: 86_400_000 };
const HANDLER = /^logics\/(.+)$/;

/** Reads a file of `events/subscriptions/`. */
export function readSubscription(file: YamlFile): SubscriptionSource | undefined {
  const all = readRoot(file, 'the subscription', KEYS);
  if (all === undefined) return undefined;
  const members = new EventMembers(file, all, 'subscription');
  const [name, topic, path] = [members.name('name'), members.text('topic'), members.text('handler')];
  const handler = path === undefined ? undefined : HANDLER.exec(path.value)?.[1];
  if (path !== undefined && handler === undefined)
    file.report(path, '"handler" is the path of logic, such as logics/on_order_placed');
  const retry = members.has('retry') ? readRetry(file, members) : RETRY;
  const deadLetter = members.has('deadLetter') ? file.readBoolean(members.node('deadLetter'), '"deadLetter"') : true;
  const orderBy = members.has('orderBy') ? file.readText(members.node('orderBy'), '"orderBy"') : undefined;
  if (name === undefined || topic === undefined || path === undefined || handler === undefined) return undefined;
  return {
    name,
    topic,
    handler: { ...path, value: handler },
    orderBy,
    subscription: { retry, deadLetter: deadLetter ?? true },
  };
}

function readRetry(file: YamlFile, subscription: EventMembers): CompiledSubscription['retry'] {
  const node = subscription.node('retry');
  const all = file.readMapping(node, '"retry"', ['maxRetries', 'minBackoff', 'maxBackoff']);
  if (all === undefined) return RETRY;
  const members = new EventMembers(file, all, 'retry');
  const maxRetries = members.has('maxRetries')
    ? file.readCount(members.node('maxRetries'), '"maxRetries"', { most: MOST_RETRIES })
    : undefined;
  const minBackoffMs = members.durationMs('minBackoff', BACKOFF) ?? RETRY.minBackoffMs;
  const maxBackoffMs = members.durationMs('maxBackoff', BACKOFF) ?? Math.max(RETRY.maxBackoffMs, minBackoffMs);
  if (minBackoffMs > maxBackoffMs) file.report(node, '"minBackoff" is longer than "maxBackoff"');
  return { maxRetries: maxRetries ?? RETRY.maxRetries, minBackoffMs, maxBackoffMs };
}
