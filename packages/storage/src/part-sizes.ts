/** What S3 allows: parts of at least 5 MiB but for the last, at most 10,000 of them, of at most 5 GiB. */
const LEAST_PART_BYTES = 8 * 1_024 ** 2;
const MOST_PARTS = 10_000;
const WHOLE_BYTES = 1_024 ** 2;

/** The largest object that S3 stores, in bytes. */
export const MOST_OBJECT_BYTES = 5 * 1_024 ** 4;

/** Bytes of every part but the last of an object, a whole number of MiB. */
export function partSizeOf(contentLength: number): number {
  return Math.max(LEAST_PART_BYTES, Math.ceil(contentLength / MOST_PARTS / WHOLE_BYTES) * WHOLE_BYTES);
}

/** How many parts there are. */
export function partCountOf({
  contentLength,
  partSize,
}: {
  readonly contentLength: number;
  readonly partSize: number;
}) {
  return Math.max(1, Math.ceil(contentLength / partSize));
}
