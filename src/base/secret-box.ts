import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Seals secrets for storage. */
export interface SecretBox {
  /** `place` says where the value will lie; it opens nowhere else. */
  seal(text: string, place: string): Uint8Array;
  /** Throws when the value was changed, moved, or sealed with another key. */
  open(sealed: Uint8Array, place: string): string;
}

const VERSION = 1;

/** AES-256-GCM with a random nonce; the place is authenticated with the text. The key may be any text of 16 characters or more. */
export function secretBox(key: string): SecretBox {
  const secret = createHash('sha256').update(`tidings:${key}`).digest();
  return {
    seal(text, place) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(place));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.from([VERSION]), nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed);
      if (bytes[0] !== VERSION || bytes.length < 29) throw new Error('a stored secret has an unknown form');
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(1, 13)).setAAD(Buffer.from(place));
      decipher.setAuthTag(bytes.subarray(13, 29));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(29)), decipher.final()]).toString('utf8');
      } catch {
        throw new Error('a stored secret cannot be opened: is ENCRYPTION_KEY the one that it was stored with?');
      }
    },
  };
}
