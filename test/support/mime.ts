/** A part of an e-mail, or the whole of it, as a mail program sees it. */
export interface MimePart {
  /** A header on one line, as it is coded. */
  header(name: string): string | null;
  /** `text/html`, without what stands behind it. */
  readonly contentType: string;
  readonly filename: string | null;
  /** Its content, decoded; empty for one of parts. */
  readonly bytes: Buffer;
  readonly parts: readonly MimePart[];
  /** The parts that have no parts, in their order. */
  leaves(): readonly MimePart[];
}

export function parseMime(raw: Buffer): MimePart {
  const source = raw.toString('latin1');
  const end = source.indexOf('\r\n\r\n');
  const head = end < 0 ? source : source.slice(0, end);
  const body = end < 0 ? '' : source.slice(end + 4);
  const header = (name: string): string | null =>
    new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, 'mi').exec(head)?.[1]?.replace(/\r\n[ \t]/g, ' ') ?? null;
  const type = header('Content-Type') ?? 'text/plain';
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  const parts =
    boundary === undefined
      ? []
      : body
          .split(`--${boundary}`)
          .slice(1, -1)
          .map((part) => parseMime(Buffer.from(part.slice(2, -2), 'latin1')));
  const part: MimePart = {
    header,
    contentType: type.split(';')[0] ?? '',
    filename: filenameOf(header('Content-Disposition') ?? ''),
    bytes: parts.length > 0 ? Buffer.alloc(0) : decoded(body, header('Content-Transfer-Encoding')),
    parts,
    leaves: () => (parts.length === 0 ? [part] : parts.flatMap((one) => one.leaves())),
  };
  return part;
}

function decoded(body: string, encoding: string | null): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  return encoding === 'quoted-printable' ? quoted(body) : Buffer.from(body, 'latin1');
}

/** In plain, or in pieces of percent-coded UTF-8 (RFC 2231). */
function filenameOf(disposition: string): string | null {
  const pieces = [...disposition.matchAll(/filename\*\d*\*?=([^;]+)/g)].map(([, piece = '']) => piece.trim());
  if (pieces.length > 0) return decodeURIComponent(pieces.join('').replace(/^utf-8''/i, ''));
  return /filename="?([^";]+)"?/.exec(disposition)?.[1] ?? null;
}

/** Encoded words (RFC 2047) as text. */
export function words(text: string | null): string {
  return (text ?? '')
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/(?:=\?utf-8\?([bq])\?[^?]*\?=)+/gi, (run) =>
      Buffer.concat(
        [...run.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)].map(([, kind, coded = '']) =>
          kind?.toLowerCase() === 'b' ? Buffer.from(coded, 'base64') : quoted(coded.replaceAll('_', ' ')),
        ),
      ).toString('utf8'),
    );
}

function quoted(text: string): Buffer {
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}
