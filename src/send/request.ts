import { checkAttachments, fingerprint, type AttachmentInput, type AttachmentSource } from '../attachments/check.js';
import { userError, type UserError } from '../base/errors.js';
import { keyProblem } from '../base/idempotency.js';
import type { ChannelName } from '../base/names.js';
import { windowProblems } from '../recipients/caps.js';
import { checkPerson, type PersonInput } from '../recipients/recipients.js';
import { checkSendWindow, type SendWindowChange } from '../recipients/time-rules.js';
import type { Span, Throttle } from '../routing/profile.js';
import type { RecipientChange } from '../store/recipients.js';
import type { InlineContent } from '../store/sends.js';
import { canonicalHash } from './canonical.js';
import { inboxProblems, storedInboxOptions, type InboxOptions, type StoredInboxOptions } from './inbox-options.js';

/** A person to notify: known by an id, or described in place. */
export type SendTarget = { readonly id?: string | null; readonly externalId?: string | null } & Omit<
  PersonInput,
  'name' | 'externalId'
>;

/** A send as it comes from the API; ids are decoded, an id of another kind is an empty text. */
export interface SendRequest {
  readonly idempotencyKey: string | null;
  readonly to: readonly SendTarget[] | null;
  readonly topic: string | null;
  /** Key of an audience. */
  readonly audience: string | null;
  readonly category: string;
  readonly template: string | null;
  readonly data: Record<string, unknown> | null;
  readonly content: InlineContent | null;
  readonly channels: readonly ChannelName[] | null;
  readonly brand: string | null;
  readonly sendAt: Date | null;
  readonly expiresAt: Date | null;
  readonly tags: readonly string[];
  /** The caller's customer that it is for. */
  readonly tenant: string | null;
  /** At most so many of its key for one person in so long; a period of NaN is none. Missing: as many as come. */
  readonly throttle?: Throttle | null;
  /** When it shall go, in each person's time zone; missing: when the category says. */
  readonly sendWindow?: SendWindowChange | null;
  /** With what it may be gathered in one digest; missing: everything of the category. */
  readonly digestKey?: string | null;
  /** What it says of the item in the inbox alone; missing: nothing. */
  readonly inbox?: InboxOptions | null;
  /** Files that go with it, where the channel carries files; missing: none. */
  readonly attachments?: readonly AttachmentInput[];
}

/** Where a notification goes: a person known by our id, by the caller's id, or described (and then written first). */
export type Target =
  | { readonly by: 'id'; readonly id: string; readonly index: number }
  | { readonly by: 'externalId'; readonly externalId: string; readonly index: number }
  | { readonly by: 'description'; readonly change: Omit<RecipientChange, 'id'>; readonly index: number };

export interface CheckedRequest {
  readonly request: SendRequest;
  readonly targets: readonly Target[];
  /** Its files, not fetched and not stored yet. */
  readonly attachments: readonly AttachmentSource[];
  /** When it shall go, as it is stored; null: when the category says. */
  readonly window: { readonly spans: readonly Span[] } | null;
  /** Of the item in the inbox, as it is stored. */
  readonly inbox: StoredInboxOptions | null;
  readonly hash: string;
  /** Under what it is done once; null: whenever it is asked for. */
  readonly key: { readonly operation: 'send' | 'sendBatch'; readonly key: string } | null;
  /** What time alone made wrong: a send that was stored before answers all the same. */
  readonly late: readonly UserError[];
}

export const TARGETS_MAX = 1000;
const NAME_MAX = 255;
const THROTTLE_KEY_MAX = 255;
const TAGS_MAX = 20;
const TAG_MAX = 64;
const TITLE_MAX = 1000;
const BODY_MAX = 100_000;
const YEAR_MS = 366 * 86_400_000;

/** Everything that can be said about a request without asking the database. */
export function checkRequest(request: SendRequest, now: Date): { checked: CheckedRequest } | { problems: UserError[] } {
  const problems: UserError[] = [];
  const refuse = (path: readonly (string | number)[], code: string, message: string): void => {
    problems.push(userError(['input', ...path], code, message));
  };
  const key = request.idempotencyKey;
  const badKey = key === null ? null : keyProblem(key);
  if (badKey !== null) refuse(['idempotencyKey'], 'INVALID_IDEMPOTENCY_KEY', badKey);
  const named = [request.to, request.topic, request.audience].filter((one) => one !== null).length;
  if (named !== 1)
    refuse(['to'], 'INVALID_TARGET', `expected exactly one of \`to\`, \`topic\` and \`audience\`, ${named} given`);
  const count = request.to?.length ?? 1;
  if (count === 0 || count > TARGETS_MAX)
    refuse(
      ['to'],
      'TOO_MANY_RECIPIENTS',
      `${count} recipients given, expected 1 to ${TARGETS_MAX}; for more people use a topic or an audience`,
    );
  checkContent(request, refuse);
  checkTimes(request, now, refuse);
  checkName('tenant', request.tenant, refuse);
  checkName('digestKey', request.digestKey ?? null, refuse);
  if (request.throttle) checkThrottle(request.throttle, problems);
  if (request.channels?.length === 0)
    refuse(['channels'], 'INVALID_CHANNELS', 'expected at least one channel, or no list at all');
  if (request.tags.length > TAGS_MAX)
    refuse(['tags'], 'TOO_MANY_TAGS', `${request.tags.length} tags given, at most ${TAGS_MAX}`);
  request.tags.forEach((tag, index) => {
    if (tag.length === 0 || tag.length > TAG_MAX)
      refuse(['tags', index], 'INVALID_TAG', `expected 1 to ${TAG_MAX} characters`);
  });
  const attachments = checkAttachments(request.attachments ?? [], ['input', 'attachments']);
  problems.push(...attachments.problems);
  const window = request.sendWindow == null ? null : checkSendWindow(request.sendWindow, ['input', 'sendWindow']);
  problems.push(...(window?.problems ?? []));
  if (request.inbox) problems.push(...inboxProblems(request.inbox));
  const targets =
    count > TARGETS_MAX ? [] : (request.to ?? []).flatMap((target, index) => checkTarget(target, index, problems));
  if (problems.length > 0) return { problems };
  return {
    checked: {
      request,
      targets,
      attachments: attachments.sources,
      window: window?.value ?? null,
      inbox: storedInboxOptions(request.inbox),
      hash: hashOf(request, attachments.sources),
      key: key === null ? null : { operation: 'send', key },
      late: tooLate(request, now),
    },
  };
}

/** Fields that came later are left out where they say nothing, so that keys outlive an upgrade. */
function hashOf(
  { idempotencyKey: _key, attachments: _files, ...input }: SendRequest,
  files: readonly AttachmentSource[],
): string {
  return canonicalHash({
    ...input,
    tenant: input.tenant ?? undefined,
    audience: input.audience ?? undefined,
    throttle: input.throttle ?? undefined,
    sendWindow: input.sendWindow ?? undefined,
    digestKey: input.digestKey ?? undefined,
    inbox: storedInboxOptions(input.inbox) ?? undefined,
    attachments: files.length === 0 ? undefined : files.map(fingerprint),
  });
}

function tooLate({ expiresAt }: SendRequest, now: Date): UserError[] {
  if (expiresAt === null || expiresAt > now) return [];
  return [userError(['input', 'expiresAt'], 'INVALID_TIME', 'expected a time in the future')];
}

type Refuse = (path: readonly (string | number)[], code: string, message: string) => void;

function checkContent(request: SendRequest, refuse: Refuse): void {
  if ((request.template === null) === (request.content === null))
    return refuse(
      ['content'],
      'INVALID_CONTENT',
      'expected either `template` (with `data`) or `content`, exactly one of them',
    );
  const { content } = request;
  if (!content) return;
  if (content.title.trim() === '' || content.title.length > TITLE_MAX)
    refuse(
      ['content', 'title'],
      'INVALID_CONTENT',
      `expected 1 to ${TITLE_MAX} characters, ${content.title.length} given`,
    );
  if (/[\r\n]/.test(content.title)) refuse(['content', 'title'], 'INVALID_CONTENT', 'expected one line');
  if (content.body.length > BODY_MAX)
    refuse(['content', 'body'], 'INVALID_CONTENT', `${content.body.length} characters given, at most ${BODY_MAX}`);
}

function checkThrottle(throttle: Throttle, problems: UserError[]): void {
  const path = ['input', 'throttle'];
  const { length } = throttle.key;
  if (length === 0 || length > THROTTLE_KEY_MAX || /\p{Cc}/u.test(throttle.key))
    problems.push(
      userError(
        [...path, 'key'],
        'INVALID_THROTTLE',
        `expected 1 to ${THROTTLE_KEY_MAX} characters without control characters, ${length} given`,
      ),
    );
  problems.push(...windowProblems(throttle, path, 'INVALID_THROTTLE', 'period'));
}

const NAME_PROBLEMS = { tenant: 'INVALID_TENANT', digestKey: 'INVALID_DIGEST_KEY' } as const;

function checkName(field: keyof typeof NAME_PROBLEMS, name: string | null, refuse: Refuse): void {
  if (name === null || (name.length > 0 && name.length <= NAME_MAX && !/\p{Cc}/u.test(name))) return;
  const message = `expected 1 to ${NAME_MAX} characters without control characters, ${name.length} given`;
  refuse([field], NAME_PROBLEMS[field], message);
}

function checkTimes(request: SendRequest, now: Date, refuse: Refuse): void {
  const { sendAt, expiresAt } = request;
  if (sendAt && sendAt.getTime() > now.getTime() + YEAR_MS)
    refuse(['sendAt'], 'INVALID_TIME', 'expected a time within a year from now');
  if (sendAt && expiresAt && expiresAt <= sendAt) refuse(['expiresAt'], 'INVALID_TIME', 'expected a time after sendAt');
}

function checkTarget(target: SendTarget, index: number, problems: UserError[]): Target[] {
  const { id, externalId, ...described } = target;
  const path = ['input', 'to', index];
  const fields = Object.values(described).filter((value) => value !== undefined);
  if (id != null) {
    if (externalId != null || fields.length > 0) {
      problems.push(
        userError(path, 'INVALID_TARGET', 'expected `id` alone, or `externalId` with or without more fields'),
      );
      return [];
    }
    return [{ by: 'id', id, index }];
  }
  if (externalId != null && fields.length === 0) return [{ by: 'externalId', externalId, index }];
  if (externalId == null && described.email == null && described.phone == null) {
    problems.push(userError(path, 'INVALID_TARGET', 'expected `id`, `externalId`, `email` or `phone`'));
    return [];
  }
  const { change, problems: found } = checkPerson({ ...described, externalId: externalId ?? 'described' }, path);
  problems.push(...found);
  // Described without an id of the caller's: the address as it is stored is the id, so that the same address, however it
  // is written, is the same person again.
  const address = change.email == null ? `phone:${change.phone}` : `email:${change.email.toLowerCase()}`;
  return [{ by: 'description', change: { ...change, externalId: externalId ?? address }, index }];
}
