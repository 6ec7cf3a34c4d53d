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
  interface Signer {
    sign(): { path: string; headers: Record<string, string> };
  }
  // Node finds no named exports in it.
  const aws4: { RequestSigner: new (request: AwsRequest, credentials: AwsCredentials) => Signer };
  // biome-ignore lint/style/noDefaultExport: that is how aws4 exports it
  export default aws4;
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
