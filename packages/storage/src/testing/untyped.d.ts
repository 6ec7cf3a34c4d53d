declare module 'aws4' {
  interface AwsRequest {
    host: string;
    path: string;
    method: string;
    service: string;
    region: string;
    headers: Record<string, string>;
    signQuery?: boolean;
  }
  interface AwsCredentials {
    accessKeyId: string;
    secretAccessKey: string;
  }
  export class RequestSigner {
    constructor(request: AwsRequest, credentials: AwsCredentials);
    sign(): { path: string; headers: Record<string, string> };
  }
}

declare module 's3rver' {
  // biome-ignore lint/style/noDefaultExport: that is how s3rver exports it
  export default class S3rver {
    constructor(options: {
      address: string;
      port: number;
      silent: boolean;
      directory: string;
      configureBuckets: { name: string }[];
      allowMismatchedSignatures?: boolean;
    });
    run(): Promise<{ address: string; port: number }>;
    close(): Promise<void>;
  }
}
