// Turns bucket policies into presigned requests to an S3-compatible store.
export {};
