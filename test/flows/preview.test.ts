import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../src/base/clock.js';
import { decodeId } from '../../src/base/ids.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gate } from '../support/gate.js';
import type { Gateway } from '../support/gateway.js';
import { addPeople, type Somebody } from '../support/people-in-bulk.js';
import { until } from '../support/until.js';
import { TWILIO } from '../support/vendor.js';
import { anyCategoryInput, anySendInput, anyWish, said } from '../support/wishes.js';

/**
 * Preview equals what happens: people, policies and sends are drawn by one seed; every send is explained first and made
 * then, and the first thing that happens to each notification is what was said. `PREVIEW_PEOPLE` and `PREVIEW_SEED` say
 * how many and which.
 */
const PEOPLE = Number(process.env['PREVIEW_PEOPLE'] ?? 10_000);
const SEED = Number(process.env['PREVIEW_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const CATEGORIES = 60;
/** People of one send. */
const GROUP = 50;

/** Time stands still, so that a preview and what happens speak of the same instant. */
const NOW = systemClock.now();
const clock: Clock = { now: () => new Date(NOW) };

let app: TestApp;
let gate: Gate;
let gateway: Gateway;

beforeAll(async () => {
  app = await startTestApp({}, { clock });
  gate = await Gate.at(app.database.url);
  gateway = app.development;
});

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

function draw<Value>(of: fc.Arbitrary<Value>, count: number, salt: number): Value[] {
  return fc.sample(of, { seed: SEED + salt, numRuns: count });
}

interface Plan {
  readonly recipient: { readonly externalId: string };
  readonly outcome: string;
  readonly sendAt: string | null;
  readonly notes: readonly { reason: string; detail: string | null }[];
  readonly steps: readonly {
    channel: string;
    integration: string | null;
    decision: string;
    reason: string;
    passedOver: { integration: string; reason: string }[];
  }[];
}

async function explained(input: object): Promise<Plan[]> {
  const { explain } = await gateway.query<{ explain: Plan[] }>(
    `query($input: SendInput!) { explain(input: $input) { recipient { externalId } outcome sendAt notes { reason detail }
       steps { channel integration decision reason passedOver { integration reason } } } }`,
    { input },
  );
  return explain;
}

interface Happened {
  readonly name: string;
  readonly type: string;
  readonly data: Record<string, string | null>;
}

/** The first event of each that says what became of it. */
async function happenedTo(sends: readonly string[]): Promise<Map<string, Happened[]>> {
  const rows = await gate.rows<Happened & { send: string }>(
    `select distinct on (n.id) n.send_id as send, r.external_id as name, e.type, e.data
     from notification n join event e on e.notification_id = n.id
     join recipient r on r.environment_id = n.environment_id and r.id = n.recipient_id
     where n.send_id = any($1::uuid[]) and n.delegated_from is null and e.type <> 'inbox.copied'
     order by n.id, e.seq`,
    [sends],
  );
  return Map.groupBy(rows, (row) => row.send);
}

const inOneLine = ({ steps }: Plan): string =>
  steps
    .map(({ channel, decision, reason, passedOver }) => {
      const others = passedOver.map((one) => ` (${one.integration} ${one.reason})`).join('');
      return `${channel} ${decision} ${reason}${others}`;
    })
    .join(', ');

/** What a plan promises, in the words of the history. */
function promised(plan: Plan): string {
  const line = inOneLine(plan);
  const sent = plan.steps.find((step) => step.decision === 'SEND');
  const held = plan.steps.find((step) => step.decision === 'HOLD');
  if (plan.outcome === 'SEND')
    return sent?.channel === 'INBOX' ? `placed: ${line}` : `called ${sent?.channel} ${sent?.integration}: ${line}`;
  if (plan.outcome === 'HOLD' && held?.reason === 'GATHERING') return `gathered ${held.channel} ${plan.sendAt}`;
  if (plan.outcome === 'HOLD') return `held ${held?.reason} ${plan.sendAt}`;
  const notes = plan.notes.map(({ reason, detail }) => (detail === null ? reason : `${reason} ${detail}`));
  return `ended ${plan.outcome}: ${[line, ...notes].filter((part) => part !== '').join('; ')}`;
}

/** What came true. */
function cameTrue({ type, data }: Happened): string {
  if (type === 'attempt.started') return `called ${data['channel']} ${data['integration']}: ${data['why']}`;
  if (type === 'inbox.placed') return `placed: ${data['why']}`;
  if (type === 'notification.gathered') return `gathered ${data['channel']} ${data['closesAt']}`;
  if (type === 'notification.held') return `held ${data['reason']} ${data['until']}`;
  return `ended ${data['state']}: ${data['why']}`;
}

/** What a proof that says anything has seen. */
const KINDS = [
  ...['called EMAIL simulator', 'called SMS texts', 'called MOBILE_PUSH simulator', 'placed', 'gathered EMAIL'],
  ...['held SCHEDULED', 'held QUIET_HOURS', 'held SEND_WINDOW', 'held PAUSED', 'held FREQUENCY_CAP'],
  ...['ended SUPPRESSED', 'ended UNROUTABLE'],
];

test('what explain says is what happens, for many random people, policies and sends', async () => {
  await gateway.advertises();
  // One that may not carry everything, and one that is switched off; the simulator stands in for all others.
  await gateway.integration(
    'texts',
    'twilio',
    { from: '+15005550006' },
    { credentials: TWILIO, channel: 'SMS', rateLimit: null, classes: ['SECURITY', 'TRANSACTIONAL'] },
  );
  const credentials = { botToken: 'xoxb-0' };
  await gateway.integration('chats', 'slack', {}, { credentials, channel: 'SLACK', enabled: false });
  const keys = Array.from({ length: CATEGORIES }, (_, nth) => `category-${nth}`);
  for (const [nth, input] of draw(anyCategoryInput, CATEGORIES, 1).entries())
    await gateway.category(keys[nth] as string, said(input));
  await gateway.mutate(
    'updatePreferenceDefaults',
    {
      tenant: 'acme',
      rules: [
        { channel: 'EMAIL', cadence: 'DAILY' },
        { category: keys[1], channel: 'SMS', enabled: true },
      ],
    },
    'defaults { channel }',
  );
  const ids = Array.from({ length: PEOPLE }, () => randomUUID());
  const people = draw(anyWish(NOW, keys, ids.slice(0, 50)), PEOPLE, 2).map((wish, nth): Somebody => ({
    id: ids[nth] as string,
    name: `person-${nth}`,
    wish,
  }));
  for (let from = 0; from < PEOPLE; from += 2_000)
    await addPeople(gate, 'development', people.slice(from, from + 2_000), NOW);

  const inputs = draw(anySendInput(NOW), Math.ceil(PEOPLE / GROUP), 3).map((more, nth) => ({
    ...said(more),
    to: people.slice(nth * GROUP, (nth + 1) * GROUP).map(({ name }) => ({ externalId: name })),
    category: keys[nth % CATEGORIES],
    content: { title: 'Hello', body: 'World' },
  }));
  const seen = new Map<string, number>();
  const wrong: object[] = [];
  // The second time, caps and throttles are used up by the first one, and windows of digests are open.
  for (const round of [1, 2]) {
    const previews: Plan[][] = [];
    for (const input of inputs) previews.push(await explained(input));
    const sends: string[] = [];
    for (const input of inputs) {
      const { send } = await gateway.mutate<{ send: { id: string } }>('send', input, 'send { id }');
      sends.push(decodeId('send', send.id) as string);
    }
    const happened = await until(
      async () => {
        const found = await happenedTo(sends);
        return [...found.values()].flat().length === PEOPLE && found;
      },
      'everybody’s to have begun',
      120_000,
    );
    for (const [nth, send] of sends.entries()) {
      const plans = new Map(previews[nth]?.map((plan) => [plan.recipient.externalId, plan]));
      for (const one of happened.get(send) ?? []) {
        const plan = plans.get(one.name);
        const [preview, truth] = [plan ? promised(plan) : 'nothing', cameTrue(one)];
        const kind = truth.replace(/:.*| 20.*/, '');
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        if (preview !== truth) wrong.push({ round, name: one.name, preview, truth });
      }
    }
  }
  if (PEOPLE >= 5_000) expect([...seen.keys()]).toEqual(expect.arrayContaining(KINDS));
  expect({ seed: SEED, wrong: wrong.slice(0, 5) }).toEqual({ seed: SEED, wrong: [] });
}, 300_000);
