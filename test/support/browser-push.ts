import { createDecipheriv, createECDH, createHmac, randomBytes } from 'node:crypto';

/** A browser that lets a site push to it: what it tells the site, and how it reads what comes (RFC 8291, RFC 8188). */
export class BrowserPush {
  private readonly curve = createECDH('prime256v1');
  private readonly auth = randomBytes(16);

  constructor() {
    this.curve.generateKeys();
  }

  /** As `PushSubscription.toJSON()` gives it. */
  subscription(endpoint: string) {
    return {
      endpoint,
      expirationTime: null,
      keys: { p256dh: this.curve.getPublicKey('base64url'), auth: this.auth.toString('base64url') },
    };
  }

  /** What the service worker gets to read. Throws when it was not meant for this browser. */
  read(body: Buffer): string {
    const salt = body.subarray(0, 16);
    const keyLength = body.readUInt8(20);
    const sender = body.subarray(21, 21 + keyLength);
    const sealed = body.subarray(21 + keyLength);
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.curve.getPublicKey(), sender]);
    const secret = derive(this.auth, this.curve.computeSecret(sender), info, 32);
    const key = derive(salt, secret, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
    const nonce = derive(salt, secret, Buffer.from('Content-Encoding: nonce\0'), 12);
    const decipher = createDecipheriv('aes-128-gcm', key, nonce);
    decipher.setAuthTag(sealed.subarray(-16));
    const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    // The last record ends with a delimiter of 2 and zeros.
    return padded.subarray(0, padded.lastIndexOf(2)).toString('utf8');
  }
}

/** HKDF with SHA-256, of at most one block. */
function derive(salt: Buffer, secret: Buffer, info: Buffer, length: number): Buffer {
  const extracted = createHmac('sha256', salt).update(secret).digest();
  return createHmac('sha256', extracted)
    .update(Buffer.concat([info, Buffer.from([1])]))
    .digest()
    .subarray(0, length);
}
