import type { Problem, ProjectFile } from '@santokit/contract';
import type { EventsSource } from '../events-source.ts';
import { YamlFile } from '../yaml-file.ts';
import { readSubscription } from './read-subscription.ts';
import { readTopic } from './read-topic.ts';
import { readTrigger } from './read-trigger.ts';

export const EVENTS_FILE = /^events\/(topics|subscriptions|triggers)\/[^/]+\.ya?ml$/;

/** Reads `events/`, in the order of the files' names. */
export function readEvents(files: readonly ProjectFile[], problems: Problem[]): EventsSource {
  const read = <T>(folder: string, readOne: (file: YamlFile) => T | undefined): T[] =>
    files
      .filter(({ path }) => EVENTS_FILE.test(path) && path.startsWith(`events/${folder}/`))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      .flatMap((file) => readOne(new YamlFile(file, problems)) ?? []);
  return {
    topics: read('topics', readTopic),
    subscriptions: read('subscriptions', readSubscription),
    triggers: read('triggers', readTrigger),
  };
}
