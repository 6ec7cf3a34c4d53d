import { fileURLToPath } from 'node:url';
import type { ApplyAnswer } from '@santokit/contract';
import { PostgresStartError, type Stack, StackError, startStack } from '@santokit/devkit';
import { CliFailure, toCliFailure } from '../cli-failure.ts';
import { removeRunningStack, writeRunningStack } from '../context/running-stack.ts';
import type { Console } from '../output/console.ts';
import { deliver, deliverFailure } from '../output/deliver.ts';
import { createProjectApplier, type ProjectApplier } from './apply-project.ts';
import { awaitRelease } from './await-release.ts';
import { bootstrap } from './bootstrap.ts';
import { DEV_ENV, devTarget } from './dev-target.ts';
import { openOperatorSession } from './operator-session.ts';
import { type ReadyDocument, readyText } from './ready-text.ts';
import { stopSignal } from './stop-signal.ts';
import { signInTestUser } from './test-user.ts';
import { waitForBridge } from './wait-for-bridge.ts';
import { watchProject } from './watch-project.ts';

export interface DevOptions {
  readonly folder: string;
  readonly project: string;
  readonly dataDir: string;
  readonly hubPort: number;
  readonly bridgePort: number;
  readonly databaseUrl?: string;
  readonly reset: boolean;
  readonly watch: boolean;
  readonly cron: boolean;
  readonly console: Console;
}

/** Runs the local stack for a project until a signal asks it to stop. Throws what keeps it from running. */
export async function runDev(options: DevOptions): Promise<void> {
  const signal = stopSignal();
  // The embedded server's process does not count as work to wait for; running until the stop is ours to see to.
  const keepAlive = setInterval(() => {}, 60_000);
  try {
    const stack = await startServices(options, signal);
    try {
      await serveProject(options, stack, signal);
    } finally {
      removeRunningStack(options.folder);
      await stack.stop();
    }
  } catch (error) {
    // What a stop breaks off is no failure.
    if (!signal.aborted)
      throw error instanceof StackError || error instanceof PostgresStartError ? startFailure(error) : error;
  } finally {
    clearInterval(keepAlive);
  }
}

function startServices(options: DevOptions, signal: AbortSignal): Promise<Stack> {
  const { console, dataDir, hubPort, bridgePort, reset, project, databaseUrl, cron } = options;
  return startStack({
    dataDir,
    hubEntry: entryOf('@santokit/hub'),
    bridgeEntry: entryOf('@santokit/bridge'),
    hubPort,
    bridgePort,
    target: `${project}/${DEV_ENV}`,
    cron,
    reset,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    note: (line) => console.note(line),
    signal,
  });
}

/** Bootstraps, applies, says that everything is ready, and applies every change until the stop. */
async function serveProject(options: DevOptions, stack: Stack, signal: AbortSignal): Promise<void> {
  const { console, folder, project, dataDir } = options;
  const target = devTarget(project);
  const { hubUrl, bridgeUrl, databaseUrl } = stack;
  const openSession = async () => {
    const opened = await openOperatorSession(hubUrl, stack.state);
    writeRunningStack(folder, { pid: process.pid, hubUrl, project, env: DEV_ENV, token: opened.token });
    return opened;
  };
  const session = await openSession();
  const apiKey = await bootstrap(session.hub, stack, target);
  const applier = createProjectApplier({ folder, target, console, session, renew: openSession });
  const stopWatching = options.watch ? watchFrom(options, applier) : () => {};
  try {
    // Only now: before, there was no env for the Bridge to ask for.
    const [releaseId] = await Promise.all([
      applyFirst(options, applier, () => awaitRelease(session.hub, target, signal)),
      stack.startBridge(),
    ]);
    const user = await signInTestUser({ hubUrl, project, state: stack.state, dataDir });
    const notReady = releaseId === null ? undefined : await waitForBridge({ bridgeUrl, apiKey, releaseId, signal });
    if (notReady !== undefined) console.note(`The Bridge serves the release, but is not ready: ${notReady}`);
    const operatorToken = session.token;
    const ready: ReadyDocument = {
      hubUrl,
      bridgeUrl,
      databaseUrl,
      project,
      env: DEV_ENV,
      apiKey,
      operatorToken,
      releaseId,
    };
    deliver(console, { document: ready, text: `${readyText(ready, user)}${hint(options)}` });
    await untilStopOrBreak(stack, signal);
  } finally {
    stopWatching();
  }
}

/**
 * Applies the folder as it is at the start. What is refused ends a run that nobody watches; a person is told, and goes on with
 * the release from before, or as soon as there is one: the Hub has to run for a refused change to be confirmed.
 */
async function applyFirst(
  options: DevOptions,
  applier: ProjectApplier,
  awaitAny: () => Promise<string>,
): Promise<string | null> {
  try {
    return (await applier.apply()).releaseId;
  } catch (error) {
    const failure = toCliFailure(error);
    // No change to a file brings back a database that is away.
    if (options.console.json || !options.watch || failure.code === 'SERVICE_UNAVAILABLE') throw failure;
    noteRefusal(options, failure);
    return awaitAny();
  }
}

function watchFrom(options: DevOptions, applier: ProjectApplier): () => void {
  const watch = watchProject(options.folder, async () => {
    try {
      options.console.note(appliedLine(await applier.apply()));
    } catch (error) {
      const failure = toCliFailure(error);
      // The Hub is being started again, as was told already.
      if (failure.code === 'SERVICE_UNAVAILABLE') return 'again';
      noteRefusal(options, failure);
    }
    return 'done';
  });
  return () => watch.stop();
}

function appliedLine({ releaseId, plan }: ApplyAnswer): string {
  const steps = plan.length === 0 ? '' : `, ${plan.length} schema ${plan.length === 1 ? 'step' : 'steps'}`;
  return `Applied: release ${releaseId ?? 'unchanged'}${steps}`;
}

/** Told on standard error in words also with `--json`: the one document on standard output is the ready line. */
function noteRefusal({ console, folder }: DevOptions, failure: CliFailure): void {
  deliverFailure({ ...console, json: false }, failure);
  if (failure.code === 'DESTRUCTIVE_CHANGE') console.note(`To go ahead: stk apply --force --dir ${folder}`);
  console.note('Not applied: the release before it, if there is one, keeps serving.');
}

async function untilStopOrBreak(stack: Stack, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const broken = await Promise.race([stopped, stack.broken]);
  if (broken !== undefined && !signal.aborted) throw new CliFailure('SERVICE_UNAVAILABLE', broken);
}

function hint({ watch, folder }: DevOptions): string {
  return watch ? `\n\nWatching ${folder}. Ctrl-C stops everything.` : '\n\nCtrl-C stops everything.';
}

/** The file that runs an app of this workspace, beside its public entry. */
function entryOf(app: '@santokit/hub' | '@santokit/bridge'): string {
  return fileURLToPath(new URL('./main.ts', import.meta.resolve(app)));
}

/** The first line says what is wrong; the end of a log may follow it. */
function startFailure(error: Error): CliFailure {
  const [message = '', ...log] = error.message.split('\n');
  return new CliFailure('SERVICE_UNAVAILABLE', message, {
    cause: error,
    ...(log.length === 0 ? {} : { details: { log } }),
  });
}
