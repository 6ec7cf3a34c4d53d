import type { ObjectSweep } from '@santokit/contract';
import type { Database } from '../database.ts';

/** The last sweep of each bucket, kept in a database of the project. */
export interface ObjectSweeps {
  /** Writes down what a sweep found, in the place of the one before. Makes the table where it is missing. */
  write(database: Database, scope: string, sweep: ObjectSweep): Promise<void>;
  /** By bucket; none where none was ever made. */
  list(database: Database, scope: string): Promise<readonly ObjectSweep[]>;
}
