import type { CompiledCron } from '@santokit/contract';
import type { Located } from './yaml-file.ts';

/** A file of `cron/`. */
export interface CronSource {
  readonly name: Located;
  /** Undefined where the file does not say when it is due: its name and handler are looked at all the same. */
  readonly cron: CompiledCron | undefined;
  /** The name of the handler in `logics`, which may not be there. */
  readonly handler: Located;
}
