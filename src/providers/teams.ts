import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import type { Egress } from '../base/egress.js';
import type { HttpReply } from '../base/http-exchange.js';
import type { Content } from '../channels/channel.js';
import { textOf } from './callback.js';
import { postToEndpoint } from './endpoint-call.js';
import { baseUrlField } from './fields.js';
import { jsonReply, unproven } from './http-call.js';
import {
  ANY_CLASS,
  classifyStatus,
  CODE_MAX,
  retryAfter,
  type Answer,
  type Carrier,
  type Provider,
} from './provider.js';

const settings = z.strictObject({
  baseUrl: baseUrlField.describe(
    'Another host that takes what would go to the host of the workflow’s URL, under the same path. Default: that host.',
  ),
});

const credentials = z.strictObject({});

type Settings = z.infer<typeof settings>;

/** Bytes of a request. */
const PAYLOAD_MAX = 28 * 1024;

/** Cards in a chat or channel of Microsoft Teams, through a workflow ("when a Teams webhook request is received"). */
export function teams(clock: Clock, egress: Egress): Provider<Settings, Record<string, never>> {
  return {
    name: 'teams',
    channels: ['TEAMS'],
    traits: {
      title: 'Microsoft Teams',
      docs: 'https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using',
      classes: ANY_CLASS,
      attachments: null,
      payloadLimit: PAYLOAD_MAX,
      rateLimit: { count: 4, periodMs: 1000 },
      reports: [],
      proof: null,
      costPer1000: 0,
      service: null,
    },
    settings,
    credentials,
    settling: { keyMs: null, lookup: false, reports: false },
    open: ({ baseUrl }) =>
      ({
        async send(call, signal) {
          const body = JSON.stringify(card(call.content));
          const size = Buffer.byteLength(body);
          if (size > PAYLOAD_MAX)
            return { kind: 'rejected', code: 'TOO_LONG', detail: `${size} bytes, Teams takes ${PAYLOAD_MAX}` };
          return postToEndpoint({ egress, baseUrl }, call, { body }, signal, (reply) => answer(reply, clock));
        },
      }) satisfies Carrier,
  };
}

/** An Adaptive Card in the envelope that workflows, and the connectors before them, take. */
function card({ title, body, url }: Content): object {
  const heading = { type: 'TextBlock', text: title, weight: 'Bolder', size: 'Medium', wrap: true };
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [...(title ? [heading] : []), { type: 'TextBlock', text: body, wrap: true }],
    // A button says where it leads, in no language.
    ...(url === null ? {} : { actions: [{ type: 'Action.OpenUrl', title: hostOf(url), url }] }),
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
  return { type: 'message', attachments: [attachment] };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function answer(reply: HttpReply, clock: Clock): Answer {
  const said = { httpStatus: reply.status };
  // A workflow says 202, and under which run; a connector of old said 200 and "1".
  if (reply.status === 202 || (reply.status === 200 && reply.text.trim() === '1'))
    return { kind: 'accepted', providerId: reply.headers['x-ms-workflow-run-id'] ?? null, ...said };
  // Connectors also told of a refusal behind them in a text, with 200.
  if (reply.status === 200 && /HTTP error 429/i.test(reply.text))
    return { kind: 'retry', retryAt: null, rateLimited: true, ...said, code: '429', detail: 'Teams answered 429' };
  if (reply.status < 300) return unproven(reply, 'the word of a workflow');
  const code = (textOf(jsonReply(reply), 'error', 'code') ?? String(reply.status)).slice(0, CODE_MAX);
  // What an answer says besides may quote the URL, which is a secret.
  const detail = `the workflow answered ${reply.status} (${code})`;
  const outcome = classifyStatus(reply.status, retryAfter(reply.headers['retry-after'], clock.now()));
  // Its key is part of the URL: where that is refused, this address is dead, and no other.
  const fair = outcome.kind === 'misconfigured' ? ({ kind: 'gone' } as const) : outcome;
  return { ...fair, ...said, code, detail };
}
