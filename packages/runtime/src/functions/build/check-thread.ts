// The thread in which types are checked: they can keep a compiler busy for as long as their author likes.
import { parentPort } from 'node:worker_threads';
import type { ProjectFile } from '@santokit/contract';
import { checkTypes } from './check-types.ts';
import { projectModules } from './project-modules.ts';

parentPort?.on('message', (files: readonly ProjectFile[]) => {
  parentPort?.postMessage(checkTypes(projectModules(files)));
});
