import type { CompiledCron } from '@santokit/contract';
import type { Located } from './yaml-file.ts';

/** A file of `cron/`. */
export interface CronSource {
  readonly name: Located;
  readonly cron: CompiledCron;
  /** The name of the handler in `logics`, which may not be there. */
  readonly handler: Located;
}
