import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { exchange, type HttpReply } from '../base/http-exchange.js';
import { fieldOf, textOf } from './callback.js';
import { baseUrlField, secretField } from './fields.js';
import { callVendor, jsonReply, unproven } from './http-call.js';
import {
  ANY_CLASS,
  classifyStatus,
  clip,
  CODE_MAX,
  retryAfter,
  type Answer,
  type Call,
  type Carrier,
  type Outcome,
  type Provider,
} from './provider.js';
import { readSlack } from './slack-callbacks.js';

const settings = z.strictObject({
  presence: z
    .enum(['ASK', 'IGNORE'])
    .default('ASK')
    .describe(
      '`ASK`: who is away from Slack is not written to, the next channel goes instead (the bot needs the scope `users:read`). `IGNORE`: everybody is written to.',
    ),
  baseUrl: baseUrlField,
});

const credentials = z.strictObject({
  botToken: secretField('The bot’s token, with the scope `chat:write`: `xoxb-…`.').regex(
    /^[\w-]+$/,
    'expected letters, digits, - and _',
  ),
  signingSecret: secretField('The app’s signing secret. Without it callbacks are refused.').optional(),
});

type Settings = z.infer<typeof settings>;
type Credentials = z.infer<typeof credentials>;

const HOST = 'https://slack.com';

/** Longest that one waits to hear whether somebody is there; the time is the message's. */
const PRESENCE_MS = 2_000;

const OURS: Outcome = { kind: 'misconfigured' };
const DEAD: Outcome = { kind: 'gone' };
const NO: Outcome = { kind: 'rejected' };

/** `error` of chat.postMessage (docs.slack.dev/reference/methods/chat.postMessage); it comes with HTTP 200. What is not here is refused. */
const ERRORS: Readonly<Record<string, Outcome>> = {
  user_not_found: DEAD,
  user_disabled: DEAD,
  users_not_found: DEAD,
  is_inactive: DEAD,
  is_archived: DEAD,
  // Also what a bot in the wrong workspace hears about everybody: nobody's address dies of that.
  channel_not_found: NO,
  not_in_channel: NO,
  msg_too_long: NO,
  no_text: NO,
  invalid_auth: OURS,
  not_authed: OURS,
  account_inactive: OURS,
  token_revoked: OURS,
  token_expired: OURS,
  missing_scope: OURS,
  no_permission: OURS,
  not_allowed_token_type: OURS,
  access_denied: OURS,
  org_login_required: OURS,
  ekm_access_denied: OURS,
  team_access_not_granted: OURS,
  messages_tab_disabled: OURS,
  service_unavailable: { kind: 'retry', retryAt: null, rateLimited: false },
  team_added_to_org: { kind: 'retry', retryAt: null, rateLimited: false },
  // "Some aspect of the operation may have succeeded."
  fatal_error: { kind: 'unknown' },
  internal_error: { kind: 'unknown' },
};

const RATE_ERRORS = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded']);

/** Direct messages in Slack, to a member by id. */
export function slack(clock: Clock): Provider<Settings, Credentials> {
  return {
    name: 'slack',
    channels: ['SLACK'],
    traits: {
      title: 'Slack',
      docs: 'https://docs.slack.dev/reference/methods/chat.postMessage',
      classes: ANY_CLASS,
      attachments: null,
      payloadLimit: null,
      // "Several hundred messages a minute" for a workspace, one a second for each conversation.
      rateLimit: { count: 5, periodMs: 1000 },
      reports: ['GONE'],
      proof: 'X-Slack-Signature: HMAC-SHA256 of time and body with the signing secret, 5 minutes',
      costPer1000: 0,
      service: null,
    },
    settings,
    credentials,
    settling: { keyMs: null, lookup: false, reports: false },
    open: (config, secrets) =>
      ({
        async send(call, signal) {
          const desk = new Desk(config.baseUrl ?? HOST, secrets.botToken);
          if (config.presence === 'ASK' && (await desk.isAway(call.address, signal))) return AWAY;
          return callVendor(...desk.message(call), signal, (reply) => answer(reply, clock));
        },
      }) satisfies Carrier,
    read: (callback, _settings, { signingSecret }) => readSlack(callback, signingSecret),
  };
}

const AWAY: Answer = {
  kind: 'rejected',
  reason: 'RECIPIENT_AWAY',
  code: 'AWAY',
  detail: 'the person is not active in Slack',
};

class Desk {
  constructor(
    private readonly host: string,
    private readonly token: string,
  ) {}

  /** Is this member certainly away? What Slack does not tell, in time, holds nothing up. */
  async isAway(member: string, signal: AbortSignal): Promise<boolean> {
    const url = new URL('/api/users.getPresence', this.host);
    url.searchParams.set('user', member);
    const request = { method: 'GET', headers: this.headers(), body: '' };
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PRESENCE_MS)]);
    try {
      const found = jsonReply(await exchange(url.toString(), request, patience));
      return fieldOf(found, 'ok') === true && fieldOf(found, 'presence') === 'away';
    } catch {
      return false;
    }
  }

  message(call: Call): [string, Parameters<typeof callVendor>[1]] {
    const headers = { ...this.headers(), 'content-type': 'application/json; charset=utf-8' };
    const metadata = { event_type: 'tidings_notification', event_payload: { attempt_id: call.attemptId } };
    const body = JSON.stringify({
      channel: call.address,
      text: textFor(call),
      unfurl_links: false,
      unfurl_media: false,
      metadata,
    });
    return [new URL('/api/chat.postMessage', this.host).toString(), { method: 'POST', headers, body }];
  }

  private headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}`, accept: 'application/json' };
  }
}

/** Slack's mrkdwn: the title in bold, where its own letters do not end that. */
function textFor({ content: { title, body, url } }: Call): string {
  const bold = title !== null && /^[^\s*][^*\n]*[^\s*]$/.test(title) ? `*${escaped(title)}*` : escaped(title ?? '');
  return [bold, escaped(body), escaped(url ?? '')].filter((part) => part !== '').join('\n');
}

/** `<!channel>` and links under false names are made of these. */
function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function answer(reply: HttpReply, clock: Clock): Answer {
  const body = jsonReply(reply);
  const ts = textOf(body, 'ts');
  if (reply.status === 200 && fieldOf(body, 'ok') === true && ts !== null && /^\d+\.\d+$/.test(ts))
    return { kind: 'accepted', providerId: ts, httpStatus: reply.status };
  const retryAt = retryAfter(reply.headers['retry-after'], clock.now());
  const error = fieldOf(body, 'ok') === false ? textOf(body, 'error') : null;
  if (error !== null) {
    const known: Outcome = RATE_ERRORS.has(error)
      ? { kind: 'retry', retryAt, rateLimited: true }
      : (ERRORS[error] ?? NO);
    const needed = textOf(body, 'needed');
    const detail = clip(needed === null ? `Slack says: ${error}` : `Slack says: ${error} (${needed})`);
    return { ...known, httpStatus: reply.status, code: error.slice(0, CODE_MAX), detail };
  }
  if (reply.status < 300) return unproven(reply, 'a time stamp');
  const outcome = classifyStatus(reply.status, retryAt);
  // The member stands in the body, not in the path: a 404 is a wrong host.
  const fair: Outcome = outcome.kind === 'gone' ? OURS : outcome;
  return { ...fair, httpStatus: reply.status, code: String(reply.status), detail: null };
}
