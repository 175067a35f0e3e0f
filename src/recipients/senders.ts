import { userError, UserErrors, type UserError } from '../base/errors.js';
import { CATEGORY_CLASSES, type CategoryClass } from '../base/names.js';
import { email } from '../channels/email.js';
import type { SenderRow } from '../store/senders.js';

/** What a choice goes by. */
type Scope = Pick<SenderRow, 'key' | 'classes' | 'brand'>;

/**
 * The sender for a class and a brand: one of that brand and class, else of the brand for any class, else of the class for
 * any brand, else one for everything; null: none fits, and the integration's own sender is meant. Of several alike, the
 * first by key.
 */
export function chooseSender<Sender extends Scope>(
  senders: readonly Sender[],
  kind: CategoryClass,
  brand: string | null,
): Sender | null {
  const rank = (sender: Sender): number => (sender.brand === null ? 0 : 2) + (sender.classes === null ? 0 : 1);
  const fitting = senders.filter(
    (sender) =>
      (sender.brand === null || sender.brand === brand) && (sender.classes === null || sender.classes.includes(kind)),
  );
  const [best] = fitting.sort((a, b) => rank(b) - rank(a) || (a.key < b.key ? -1 : 1));
  return best ?? null;
}

const NAME_MAX = 200;

/** An e-mail address, with a name or without, as it is stored; or a sentence that says what is wrong with it. */
export function parseMailbox(
  text: string,
): { readonly mailbox: string; readonly domain: string } | { readonly problem: string } {
  // A line break here would begin a header of the caller's choice.
  if (/[\p{Cc}\u2028\u2029]/u.test(text)) return { problem: 'expected one line without control characters' };
  const [, said = '', bracketed] = /^([^<>]*)<([^<>]*)>\s*$/.exec(text) ?? [];
  const parsed = email.parseAddress(bracketed ?? text);
  if ('problem' in parsed) return { problem: `${parsed.problem}, or Name <ana@example.com>` };
  const name = said.trim();
  if (name.length > NAME_MAX)
    return { problem: `${name.length} characters of name given, expected at most ${NAME_MAX}` };
  const { address } = parsed;
  return { mailbox: name === '' ? address : `${name} <${address}>`, domain: domainOf(address) };
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** What a caller says of a sender; missing leaves it, null clears it. */
export interface SenderChange {
  readonly key: string;
  readonly from?: string | null | undefined;
  readonly replyTo?: string | null | undefined;
  readonly classes?: readonly CategoryClass[] | null | undefined;
  readonly brand?: string | null | undefined;
}

/** The sender with the change applied. Throws UserErrors with paths below `input`. */
export function senderRow(
  environmentId: string,
  change: SenderChange,
  known: SenderRow | undefined,
  now: Date,
): SenderRow {
  const problems: UserError[] = [];
  const refuse = (field: string, code: string, message: string): void =>
    void problems.push(userError(['input', field], code, message));
  const mailbox = (field: string, text: string): string => {
    const parsed = parseMailbox(text);
    if ('mailbox' in parsed) return parsed.mailbox;
    refuse(field, 'INVALID_ADDRESS', parsed.problem);
    return '';
  };
  const { key, from, replyTo, classes, brand } = change;
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(key))
    refuse('key', 'INVALID_KEY', `"${key.slice(0, 80)}" given, expected 1 to 64 of a-z, 0-9, ".", "_", "-"`);
  if (classes && (classes.length === 0 || new Set(classes).size !== classes.length))
    refuse('classes', 'INVALID_CLASSES', 'expected at least one class, each once; or null for all of them');
  if (brand != null && (brand === '' || brand.length > 255))
    refuse('brand', 'INVALID_BRAND', 'expected the key of a brand, 1 to 255 characters; or null for all of them');
  if (from == null && !known)
    refuse('from', 'INVALID_ADDRESS', 'expected for a new sender: ana@example.com, or Name <ana@example.com>');
  const row: SenderRow = {
    environment_id: environmentId,
    key,
    address: from == null ? (known?.address ?? '') : mailbox('from', from),
    reply_to: replyTo == null ? (replyTo === null ? null : (known?.reply_to ?? null)) : mailbox('replyTo', replyTo),
    classes: classes === undefined ? (known?.classes ?? null) : classes && [...classes],
    brand: brand === undefined ? (known?.brand ?? null) : brand,
    created_at: known?.created_at ?? now,
    updated_at: now,
  };
  if (problems.length > 0) throw new UserErrors(problems);
  return row;
}

/** An e-mail integration, as far as its own sender goes: it is meant where no sender fits. */
export interface OwnSender {
  readonly channel: string;
  readonly enabled: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
  /** What it may carry; null or missing: everything. */
  readonly classes?: readonly CategoryClass[] | null;
}

/**
 * One sentence for each domain that both advertising and anything else would leave from: receivers judge mail by its
 * domain, so complaints about a newsletter would take receipts and sign-in codes along.
 */
export function sharedDomains(senders: readonly SenderRow[], integrations: readonly OwnSender[]): string[] {
  const brands = [null, ...new Set(senders.flatMap((sender) => sender.brand ?? []))];
  const classesByDomain = new Map<string, Set<CategoryClass>>();
  for (const kind of CATEGORY_CLASSES)
    for (const brand of brands) {
      const chosen = chooseSender(senders, kind, brand);
      const froms = chosen ? [chosen.address] : ownSenders(integrations, kind);
      for (const from of froms) {
        const parsed = parseMailbox(from);
        if (!('domain' in parsed)) continue;
        classesByDomain.set(parsed.domain, (classesByDomain.get(parsed.domain) ?? new Set()).add(kind));
      }
    }
  return [...classesByDomain].flatMap(([domain, classes]) => {
    const others = CATEGORY_CLASSES.filter((kind) => kind !== 'MARKETING' && classes.has(kind));
    if (!classes.has('MARKETING') || others.length === 0) return [];
    return [
      `MARKETING and ${others.join(', ')} leave from one domain, ${domain}: complaints about advertising then hurt the rest; give MARKETING a sender at a domain of its own, such as news.${domain}`,
    ];
  });
}

function ownSenders(integrations: readonly OwnSender[], kind: CategoryClass): string[] {
  return integrations.flatMap(({ channel, enabled, settings: { from }, classes }) =>
    channel === 'EMAIL' && enabled && typeof from === 'string' && (classes?.includes(kind) ?? true) ? [from] : [],
  );
}
