import type { CronTiming, Problem, ProjectFile } from '@santokit/contract';
import type { Node } from 'yaml';
import { parseDurationMs } from '../config/quantities.ts';
import type { CronSource } from '../cron-source.ts';
import { readRoot } from '../read-versioned-root.ts';
import { type Located, type Member, YamlFile } from '../yaml-file.ts';
import { nextDue } from './next-due.ts';

export const CRON_FILE = /^cron\/[^/]+\.ya?ml$/;

const KEYS = ['name', 'schedule', 'every', 'handler', 'timeout', 'enabled'];
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/;
const HANDLER = /^logics\/(.+)$/;
const DAY_SECONDS = 86_400;
const DEFAULT_TIMEOUT_SECONDS = 30;
const MOST_TIMEOUT_SECONDS = 3_600;
/** What every reader of cron expressions understands the same way; others know L, W, #, ? and names of their own. */
const PLAIN_FIELD = /^[\dA-Za-z*,/-]+$/;
const LETTERS_OF_NAMES = /[A-Za-z]+/g;
const NAMES = new Set('jan feb mar apr may jun jul aug sep oct nov dec sun mon tue wed thu fri sat'.split(' '));

/** Reads `cron/*.yaml`, in the order of their names. */
export function readCrons(files: readonly ProjectFile[], problems: Problem[]): CronSource[] {
  const crons = files
    .filter(({ path }) => CRON_FILE.test(path))
    .flatMap((file) => readCron(new YamlFile(file, problems)) ?? [])
    .toSorted((a, b) => (a.name.value < b.name.value ? -1 : 1));
  crons.forEach(({ name }, index) => {
    const { value, ...at } = name;
    const other = crons[index - 1]?.name;
    if (other?.value === value) problems.push({ ...at, message: `"${value}" is the name of ${other.file} already` });
  });
  return crons;
}

function readCron(file: YamlFile): CronSource | undefined {
  const members = readRoot(file, 'the cron file', KEYS);
  if (members === undefined) return undefined;
  const given = <T>(key: string, read: (node: Node | null) => T | undefined): T | undefined => {
    const member = members.get(key);
    return member === undefined ? undefined : read(member.value);
  };
  const name = readName(file, members);
  const timing = readTiming(file, members);
  const handler = readHandler(file, members);
  const timeoutSeconds = given('timeout', (node) => readTimeout(file, node)) ?? DEFAULT_TIMEOUT_SECONDS;
  const enabled = given('enabled', (node) => file.readBoolean(node, '"enabled"')) ?? true;
  if (name === undefined || handler === undefined) return undefined;
  const cron = timing === undefined ? undefined : { ...timing, handler: handler.value, timeoutSeconds, enabled };
  return { name, handler, cron };
}

function readName(file: YamlFile, members: ReadonlyMap<string, Member>): Located | undefined {
  const member = members.get('name');
  if (member === undefined) return file.report(file.root, 'A cron needs a "name"');
  const name = file.readText(member.value, '"name"');
  if (name === undefined || NAME.test(name.value)) return name;
  return file.report(name, '"name" is made of letters, digits, "_" and "-", at most 63');
}

function readTiming(file: YamlFile, members: ReadonlyMap<string, Member>): CronTiming | undefined {
  const schedule = members.get('schedule');
  const every = members.get('every');
  if ((schedule === undefined) === (every === undefined))
    return file.report(every?.key ?? file.root, 'A cron has either "schedule" or "every"');
  return schedule === undefined ? readEvery(file, every?.value) : readSchedule(file, schedule.value);
}

function readSchedule(file: YamlFile, node: Node | null): CronTiming | undefined {
  const text = file.readText(node, '"schedule"');
  if (text === undefined) return undefined;
  const fields = text.value.trim().split(/\s+/);
  if (fields.length !== 5)
    return file.report(
      text,
      '"schedule" has five fields (minute, hour, day of the month, month, day of the week), in UTC',
    );
  const odd = fields.find((field) => !isPlain(field));
  if (odd !== undefined)
    return file.report(text, `"${odd}" in "schedule" is more than numbers, names, "*", ",", "-" and "/"`);
  const timing = { schedule: fields.join(' ') };
  try {
    if (nextDue(timing, 0) !== undefined) return timing;
  } catch {
    return file.report(text, '"schedule" is not a cron expression, such as "0 */6 * * *"');
  }
  return file.report(text, '"schedule" is never due');
}

function isPlain(field: string): boolean {
  if (!PLAIN_FIELD.test(field)) return false;
  return (field.match(LETTERS_OF_NAMES) ?? []).every((word) => NAMES.has(word.toLowerCase()));
}

function readEvery(file: YamlFile, node: Node | null | undefined): CronTiming | undefined {
  const text = file.readText(node, '"every"', 'a duration such as 15m, 6h or 1d');
  if (text === undefined) return undefined;
  const durationMs = parseDurationMs(text.value);
  const everySeconds = (durationMs ?? 0) / 1_000;
  if (!Number.isInteger(everySeconds) || everySeconds < 1 || DAY_SECONDS % everySeconds !== 0)
    return file.report(text, '"every" must divide a day evenly, in whole seconds: such as 15m, 6h or 1d');
  return { everySeconds };
}

function readHandler(file: YamlFile, members: ReadonlyMap<string, Member>): Located | undefined {
  const member = members.get('handler');
  if (member === undefined) return file.report(file.root, 'A cron needs a "handler", such as logics/cleanup');
  const text = file.readText(member.value, '"handler"');
  if (text === undefined) return undefined;
  const name = HANDLER.exec(text.value)?.[1];
  return name === undefined
    ? file.report(text, '"handler" is the path of logic, such as logics/cleanup')
    : { ...text, value: name };
}

function readTimeout(file: YamlFile, node: Node | null): number | undefined {
  const text = file.readText(node, '"timeout"', 'a duration in whole seconds, from 1s to 1h');
  if (text === undefined) return undefined;
  const timeoutSeconds = (parseDurationMs(text.value) ?? 0) / 1_000;
  if (Number.isInteger(timeoutSeconds) && timeoutSeconds >= 1 && timeoutSeconds <= MOST_TIMEOUT_SECONDS)
    return timeoutSeconds;
  return file.report(text, '"timeout" must be a duration in whole seconds, from 1s to 1h');
}
