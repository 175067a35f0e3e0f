import type * as S3 from '@aws-sdk/client-s3';
import { AttachmentMissing, type AttachmentStore } from './store.js';

type Sdk = typeof S3;

/** One operation with all its tries ends within this. */
const DEADLINE_MS = 8_000;
const TRIES = 3;
/** For servers that speak S3 and know no regions. */
const ANY_REGION = 'us-east-1';

export interface S3Place {
  readonly bucket: string;
  /** Ends with `/`, or is empty. */
  readonly prefix: string;
  /** Another server than AWS; null: AWS. */
  readonly endpoint: string | null;
}

/** `s3://bucket/prefix` taken apart. */
export function parseS3Url(url: string): Pick<S3Place, 'bucket' | 'prefix'> {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]+)\/*(.*?)\/*$/.exec(url) ?? [];
  return { bucket, prefix: path === '' ? '' : `${path}/` };
}

/**
 * Attachments as objects of a bucket, at AWS or any server that speaks S3. Credentials and region are what the SDK finds
 * (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, a role of the machine); the SDK is loaded with the first file.
 */
export class S3Store implements AttachmentStore {
  private opened: Promise<{ sdk: Sdk; client: S3.S3Client }> | null = null;

  constructor(private readonly place: S3Place) {}

  async put(key: string, bytes: Buffer): Promise<void> {
    const { sdk, client } = await this.open();
    const command = new sdk.PutObjectCommand({
      ...this.at(key),
      Body: bytes,
      ContentLength: bytes.length,
      ContentType: 'application/octet-stream',
    });
    await client.send(command, deadline());
  }

  async get(key: string): Promise<Buffer> {
    const { sdk, client } = await this.open();
    try {
      const { Body } = await client.send(new sdk.GetObjectCommand(this.at(key)), deadline());
      if (!Body) throw new Error('the attachment store answered without a body');
      return Buffer.from(await Body.transformToByteArray());
    } catch (error) {
      if (error instanceof sdk.NoSuchKey) throw new AttachmentMissing(key);
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    const { sdk, client } = await this.open();
    await client.send(new sdk.DeleteObjectCommand(this.at(key)), deadline());
  }

  async close(): Promise<void> {
    const opened = await this.opened?.catch(() => null);
    opened?.client.destroy();
  }

  private at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: `${this.place.prefix}${key}` };
  }

  private open(): Promise<{ sdk: Sdk; client: S3.S3Client }> {
    this.opened ??= openClient(this.place).catch((error: unknown) => {
      this.opened = null;
      throw error;
    });
    return this.opened;
  }
}

async function openClient({ endpoint }: S3Place): Promise<{ sdk: Sdk; client: S3.S3Client }> {
  const sdk = await import('@aws-sdk/client-s3');
  const options = {
    maxAttempts: TRIES,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: DEADLINE_MS },
    // Trailing checksums are news to many servers that speak S3.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Buckets as host names need DNS that only AWS has for certain.
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
  } as const;
  const client = new sdk.S3Client(options);
  if (endpoint === null) return { sdk, client };
  try {
    await client.config.region();
    return { sdk, client };
  } catch {
    client.destroy();
    return { sdk, client: new sdk.S3Client({ ...options, region: ANY_REGION }) };
  }
}

function deadline(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(DEADLINE_MS) };
}
