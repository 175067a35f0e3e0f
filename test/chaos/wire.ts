/** One message of Postgres' protocol, without its length. The first one of a client has the type `''`. */
export interface Message {
  readonly type: string;
  readonly body: Buffer;
}

/** Splits one direction of a connection to Postgres into messages. */
export class MessageReader {
  private rest: Buffer = Buffer.alloc(0);
  private untyped: boolean;

  /** @param side a client begins with a message that has no type */
  constructor(side: 'client' | 'server') {
    this.untyped = side === 'client';
  }

  /** The messages that end in this piece. */
  feed(chunk: Buffer): Message[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const messages: Message[] = [];
    let at = 0;
    for (;;) {
      const head = this.untyped ? 0 : 1;
      if (this.rest.length < at + head + 4) break;
      const end = at + head + this.rest.readUInt32BE(at + head);
      if (this.rest.length < end) break;
      const type = this.untyped ? '' : String.fromCharCode(this.rest[at] ?? 0);
      messages.push({ type, body: this.rest.subarray(at + head + 4, end) });
      this.untyped = false;
      at = end;
    }
    this.rest = this.rest.subarray(at);
    return messages;
  }
}

/**
 * Will this client message make something durable? A COMMIT, alone or at the end of a script, or outside of a transaction
 * a statement that writes, as that is its own commit.
 */
export function commits({ type, body }: Message, inTransaction: boolean): boolean {
  if (type !== 'Q' && type !== 'P') return false;
  // Parse begins with the statement's name.
  const from = type === 'P' ? body.indexOf(0) + 1 : 0;
  const text = body.toString('utf8', from, body.indexOf(0, from));
  if (/(?:^|;)\s*(?:commit|end)\s*;?\s*$/i.test(text)) return true;
  return !inTransaction && /\b(?:insert\s+into|update|delete\s+from)\b/i.test(text);
}

/** Says ReadyForQuery that a transaction is open? */
export function opensTransaction({ type, body }: Message): boolean | null {
  return type === 'Z' ? body.toString('latin1') !== 'I' : null;
}
