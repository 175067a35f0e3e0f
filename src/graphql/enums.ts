import { registerEnumType } from 'type-graphql';
import {
  AMBIGUITY_POLICIES,
  ATTEMPT_OUTCOMES,
  ATTRIBUTE_TESTS,
  BATCH_ERROR_POLICIES,
  CATEGORY_CLASSES,
  CHANNELS,
  DELIVERY_STATES,
  DEVICE_PLATFORMS,
  ENGAGEMENTS,
  ENVIRONMENT_MODES,
  FAILOVERS,
  INBOX_COPIES,
  INBOX_MARKS,
  LANES,
  NOTIFICATION_STATES,
  REPORTS,
  SILENCE_ACTIONS,
  STEP_DECISIONS,
  SUPPRESSION_REASONS,
  WEBHOOK_CALL_STATES,
  WEBHOOK_DISABLED_REASONS,
} from '../base/names.js';
import { DOMAIN_CHECKS, DOMAIN_VERDICTS } from '../domains/finding.js';
import { INTEGRATION_STATES } from '../store/health-view.js';
import { SIMULATOR_BEHAVIORS } from '../store/outbox.js';

type Descriptions<Values extends readonly string[]> = Record<Values[number], string>;

/** Registers a closed set of words as an enum; TypeScript asks for the description of every one. */
export function describe<const Values extends readonly string[]>(
  name: string,
  values: Values,
  description: string,
  descriptions: Descriptions<Values>,
): { readonly [Value in Values[number]]: Value } {
  const object = Object.fromEntries(values.map((value) => [value, value])) as { [Value in Values[number]]: Value };
  const valuesConfig = Object.fromEntries(
    values.map((value) => [value, { description: descriptions[value as Values[number]] }]),
  );
  registerEnumType(object, { name, description, valuesConfig: valuesConfig as never });
  return object;
}

export const ChannelEnum = describe('Channel', CHANNELS, 'A way to reach a person.', {
  INBOX: 'The in-app inbox and its toasts; live only while the person is online.',
  EMAIL: 'E-mail.',
  SMS: 'Text message to a phone.',
  WEB_PUSH: 'Push to a browser.',
  MOBILE_PUSH: 'Push to a phone or tablet app.',
  SLACK: 'Direct message in Slack.',
  WHATSAPP: 'WhatsApp message.',
  TELEGRAM: 'Telegram message.',
  DISCORD: 'Message in a Discord channel, or to a person there.',
  TEAMS: 'Message in a Microsoft Teams chat or channel.',
  WEBHOOK: 'Signed HTTP request to a URL.',
});

export const CategoryClassEnum = describe('CategoryClass', CATEGORY_CLASSES, 'What a category is for.', {
  SECURITY: 'Sign-in codes, alarms. Preferences may not silence it; an unknown outcome is resent once.',
  TRANSACTIONAL: 'Answers to something the person did: receipts, confirmations.',
  PRODUCT: 'News from within the product: mentions, reminders.',
  MARKETING: 'Advertising. Never overrides a choice; an unknown outcome is not resent.',
});

export const LaneEnum = describe('Lane', LANES, 'Queues with workers of their own; a full lane delays no other.', {
  CRITICAL: 'For what people wait for, like password resets.',
  NORMAL: 'The default.',
  BULK: 'For newsletters and other large fan-outs.',
});

export const EnvironmentModeEnum = describe('EnvironmentMode', ENVIRONMENT_MODES, 'Whether people are reached.', {
  LIVE: 'Providers are called.',
  TEST: 'Everything runs up to the simulator; nobody is reached, and what would have been sent lies in the outbox.',
});

export const NotificationStateEnum = describe('NotificationState', NOTIFICATION_STATES, 'Where a notification is.', {
  PENDING: 'Accepted; not decided yet.',
  HELD: 'Waiting for a time that the sender or a rule named.',
  ROUTED: 'Decided; about to be carried out.',
  IN_PROGRESS: 'An attempt runs, or the next one has a time.',
  COMPLETED: 'A channel took it. The deliveries say how far it came.',
  DIGESTED: 'It went in a digest; what became of that, the digest says.',
  SUPPRESSED: 'The person does not want it on any channel that could reach them.',
  UNROUTABLE: 'No channel can reach the person; the plan says why for each.',
  FAILED: 'Every channel that could reach the person was tried and failed.',
  EXPIRED: 'Its time of relevance ended first.',
  CANCELED: 'Canceled by the sender.',
});

export const DeliveryStateEnum = describe(
  'DeliveryState',
  DELIVERY_STATES,
  'Where a delivery is. It rises only, except for a bounce after delivery.',
  {
    QUEUED: 'Decided; not begun.',
    SENDING: 'An attempt was committed; in-app: on its way to the screen.',
    UNKNOWN: 'Nobody can know whether the provider took the last attempt.',
    RETRYING: 'The last attempt failed; another follows.',
    SENT: 'The provider accepted it. Accepted is not delivered.',
    DELIVERED: 'Reported delivered; in-app: displayed.',
    UNDELIVERED: 'Given up on this channel.',
    BOUNCED: 'It came back after the provider had accepted it.',
    EXPIRED: 'Its time of relevance ended first.',
    CANCELED: 'Canceled before it went.',
    SKIPPED: 'Left out by a rule.',
    SIMULATED: 'The simulator took it; nobody was reached.',
  },
);

export const AttemptOutcomeEnum = describe('AttemptOutcome', ATTEMPT_OUTCOMES, 'How one provider call ended.', {
  STARTED: 'Running, or not reported yet.',
  ACCEPTED: 'Taken by the provider, proved by its answer.',
  REJECTED: 'Refused for good.',
  RATE_LIMITED: 'Not taken: too many calls.',
  FAILED: 'Not taken: an outage, a wrong setting or a broken connection.',
  UNKNOWN: 'Bytes left and no certain answer came.',
});

export const StepDecisionEnum = describe('StepDecision', STEP_DECISIONS, 'What was decided about a channel.', {
  SEND: 'It goes, or went, here.',
  HOLD: 'It waits.',
  FALLBACK: 'In reserve: goes when what comes before it fails.',
  SKIP: 'Left out, or tried and failed; the reason says why.',
});

export const InboxCopyEnum = describe(
  'InboxCopy',
  INBOX_COPIES,
  'Whether a notification that went elsewhere also lies in the inbox list.',
  {
    WHEN_DELIVERED: 'Only what was shown in the app.',
    ALWAYS: 'Everything; what went elsewhere lies there without a toast.',
  },
);

export const AmbiguityPolicyEnum = describe(
  'AmbiguityPolicy',
  AMBIGUITY_POLICIES,
  'What to do when nobody can know whether a provider took an attempt.',
  {
    RESEND: 'Send once more: rather twice than never.',
    FAIL: 'Do not send again: rather never than twice.',
  },
);

export const FailoverEnum = describe('Failover', FAILOVERS, 'What follows a failed attempt that may be repeated.', {
  AFTER_RETRIES: 'The same channel again, as `retry` says; the next channel when that is used up.',
  AT_ONCE: 'The next channel at once; this one is tried again only when no other is left.',
});

export const SilenceActionEnum = describe(
  'SilenceAction',
  SILENCE_ACTIONS,
  'What follows when nobody opens a notification in time.',
  {
    RESEND: 'It goes once more on the channel that took it.',
    NEXT_CHANNEL: 'It goes on to the next channel in the category’s order.',
  },
);

export const EngagementEnum = describe('Engagement', ENGAGEMENTS, 'What a person did with a notification.', {
  SEEN: 'It was on a screen. That alone is no answer: silence goes on.',
  OPENED: 'It was opened, as far as that can be told.',
  READ: 'It was read, or marked so.',
  CLICKED: 'A link in it was followed.',
  ACTED: 'Something was done with it: a button of yours was pressed, or it was put away.',
});

export const ReportEnum = describe('Report', REPORTS, 'What a vendor says about a delivery after the call.', {
  ACCEPTED: 'It took the attempt after all; settles one that was UNKNOWN.',
  DEFERRED: 'It could not hand it over yet and goes on trying.',
  DELIVERED: 'It handed it over.',
  BOUNCED: 'It came back.',
  REJECTED: 'It refused the attempt for good; of one that it had accepted, this counts as BOUNCED.',
});

export const IntegrationStateEnum = describe(
  'IntegrationState',
  INTEGRATION_STATES,
  'Whether an integration is used right now.',
  {
    HEALTHY: 'It is used.',
    OPEN: 'It failed too often in a row and is left alone until `until`.',
    HALF_OPEN: 'Its pause is over; one notification tries whether it works again.',
    MISCONFIGURED: 'The vendor refuses its credentials or settings. Mend them with `upsertIntegration`.',
    PAUSED: 'The vendor asked for a pause until `until`.',
  },
);

export const BatchErrorPolicyEnum = describe(
  'BatchErrorPolicy',
  BATCH_ERROR_POLICIES,
  'What one refused send does to the rest of its batch.',
  {
    CONTINUE: 'Each on its own: the others are stored.',
    ABORT: 'All or nothing: with any refused, none is stored.',
  },
);

export const AttributeTestEnum = describe(
  'AttributeTest',
  ATTRIBUTE_TESTS,
  'How an audience looks at one attribute. A missing attribute fulfils `EXISTS` with `false` alone.',
  {
    EQUALS: 'Is the value: same type, same content; lists in the same order.',
    IN: 'Is one of the values in a list of 1 to 1,000.',
    CONTAINS: 'A list that has the value, or a text that has it as a part, letter case counting.',
    GREATER:
      'A number greater than the value, or a text after it in the order of code points, so that ISO 8601 dates in one form compare as dates.',
    LESS: 'A number less than the value, or a text before it.',
    EXISTS: 'Is there, whatever it is; with the value `false`: is missing.',
  },
);

export const InboxMarkEnum = describe('InboxMark', INBOX_MARKS, 'A mark on inbox items.', {
  SEEN: 'It was on the screen.',
  READ: 'It was opened. Also marks it seen.',
  UNREAD: 'To be read again.',
  ARCHIVED: 'Out of the list; counts no more.',
  UNARCHIVED: 'Back in the list.',
  SNOOZED: 'Out of the list until a time; then it comes back as something new. Also marks it seen.',
  UNSNOOZED: 'Back in the list at once, where it was.',
  PINNED: 'Kept in sight, before the list.',
  UNPINNED: 'Back in its place in the list.',
  DELETED: 'Gone for good, with all that it said.',
});

export const SimulatorBehaviorEnum = describe(
  'SimulatorBehavior',
  SIMULATOR_BEHAVIORS,
  'What the simulator does with an address.',
  {
    ACCEPT: 'Takes it; it lies in the outbox.',
    REJECT: 'Refuses it for good.',
    FAIL: 'Fails as in an outage; worth a retry.',
    HANG: 'Never answers: the attempt ends UNKNOWN at the deadline.',
    BOUNCE: 'Takes it and reports a bounce.',
    GONE: 'Says that the address is gone.',
    RATE_LIMIT: 'Refuses with a time to come back.',
  },
);

export const SuppressionReasonEnum = describe(
  'SuppressionReason',
  SUPPRESSION_REASONS,
  'Why nothing goes to an address any more.',
  {
    COMPLAINT: 'The person called it spam.',
    STOP: 'The person answered STOP, or the like.',
    UNSUBSCRIBED: 'The person unsubscribed with the vendor or from a message.',
    BOUNCED: 'What went there came back for good.',
    MANUAL: 'Somebody put it on the list with `suppressAddress`.',
  },
);

export const DomainCheckEnum = describe('DomainCheck', DOMAIN_CHECKS, 'What is looked at about a domain.', {
  MX: 'Where its mail goes: bounces and answers.',
  SPF: 'Which servers may send for it.',
  DKIM: 'The keys that its mail is signed with.',
  DMARC: 'What receivers shall do with mail that neither of the two proves.',
  BLOCKLIST: 'Whether it, or an address that sends for it, is on a blocklist.',
});

export const DomainVerdictEnum = describe(
  'DomainVerdict',
  DOMAIN_VERDICTS,
  'How it is. Of several, the worst counts.',
  {
    PASS: 'Good.',
    WARN: 'It works, but not well; or it could not be asked.',
    FAIL: 'Receivers will hold it against what is sent.',
  },
);

export const WebhookCallStateEnum = describe('WebhookCallState', WEBHOOK_CALL_STATES, 'How far a webhook call is.', {
  WAITING: 'For its first try or for another one, or it is being made.',
  DONE: 'The receiver took it, with a 2xx status.',
  FAILED: 'Every try failed, or its subscription was disabled before. `replayWebhookCalls` makes it again.',
});

export const WebhookDisabledReasonEnum = describe(
  'WebhookDisabledReason',
  WEBHOOK_DISABLED_REASONS,
  'Why a subscription is disabled.',
  {
    OPERATOR: 'It was saved so.',
    FAILING: 'Nothing but failures for five days.',
    GONE: 'Its URL answered 410 (Gone).',
  },
);

export const DevicePlatformEnum = describe('DevicePlatform', DEVICE_PLATFORMS, 'What a push token belongs to.', {
  IOS: 'An app on an iPhone, iPad or Mac.',
  ANDROID: 'An app on Android.',
  WEB: 'A web app that got its token from Firebase. Browsers without Firebase are WEB_PUSH endpoints.',
});
