import { setTimeout as sleep } from 'node:timers/promises';
import { decodeId } from '../../src/base/ids.ts';
import { call, insist } from './gateway.ts';
import { addressOf } from './ledger.ts';
import type { ClientLedger } from './ledger-files.ts';
import { Random } from './random.ts';
import type { Settings } from './settings.ts';

/** Categories of the run, and what each says about attempts in doubt. */
export const CATEGORIES = {
  orders: { class: 'TRANSACTIONAL', lane: 'NORMAL', onAmbiguous: 'RESEND' },
  news: { class: 'MARKETING', lane: 'BULK', onAmbiguous: 'FAIL' },
  codes: { class: 'SECURITY', lane: 'CRITICAL', onAmbiguous: 'RESEND' },
} as const;
export const TOPIC = 'everybody';

const SEND = `mutation ($input: SendInput!) {
  send(input: $input) { send { id } deduplicated userErrors { code } } }`;
const CANCEL = `mutation ($input: CancelSendInput!) { cancelSend(input: $input) { canceledCount userErrors { code } } }`;

/** A caller asks for as long as this; the faults are shorter, and the absence of Postgres has its own patience. */
const PATIENCE_MS = 60_000;

interface Letter {
  readonly category: keyof typeof CATEGORIES;
  readonly people: readonly string[];
  readonly topic: boolean;
  readonly expiresInMs: number | null;
  readonly sendInMs: number | null;
}

/** The callers of a run: they write down what they ask for and what they are told, and go on until they are told to stop. */
export class Load {
  /** Notifications of acknowledged sends. */
  acknowledged = 0;
  sends = 0;
  gaveUp = 0;
  readonly unsure: Record<string, number> = {};
  private readonly settings: Settings;
  private readonly ledger: ClientLedger;
  private readonly urls: () => readonly string[];
  private readonly topicPeople: readonly string[];
  private readonly callers: Promise<void>[];
  private stopped = false;

  constructor(settings: Settings, ledger: ClientLedger, urls: () => readonly string[], topicPeople: readonly string[]) {
    this.settings = settings;
    this.ledger = ledger;
    this.urls = urls;
    this.topicPeople = topicPeople;
    this.callers = Array.from({ length: settings.callers }, (_, nth) => this.caller(nth));
    this.callers.push(this.broadcaster());
  }

  /** Resolves when every caller has an answer to what it had asked, or has given up. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.callers);
  }

  private async caller(nth: number): Promise<void> {
    const random = new Random(`caller ${this.settings.seed} ${nth}`);
    for (let n = 0; !this.stopped; n += 1) {
      await this.send(random, `${nth}-${n}`, compose(random, `${nth}x${n}`));
      await sleep(random.between(0, this.settings.pauseMs * 2));
    }
  }

  /** Sends to the whole topic, spread over the storm. */
  private async broadcaster(): Promise<void> {
    const { topicSends, stormMs, seed } = this.settings;
    const random = new Random(`broadcaster ${seed}`);
    for (let n = 0; n < topicSends && !this.stopped; n += 1) {
      const letter = {
        category: 'news',
        people: this.topicPeople,
        topic: true,
        expiresInMs: null,
        sendInMs: null,
      } as const;
      await this.send(random, `topic-${n}`, letter);
      const until = performance.now() + stormMs / topicSends;
      while (!this.stopped && performance.now() < until) await sleep(100);
    }
  }

  private async send(random: Random, name: string, letter: Letter): Promise<void> {
    const key = `chaos-${this.settings.seed}-${name}`;
    const { onAmbiguous } = CATEGORIES[letter.category];
    const expires = letter.expiresInMs !== null;
    this.ledger.write({ type: 'asked', at: Date.now(), key, ambiguity: onAmbiguous, to: letter.people, expires });
    const request = { query: SEND, variables: { input: inputOf(key, letter, Date.now()) } };
    // A careless caller sends the same twice at once; one of the two answers is as good as the other.
    const twin = random.chance(0.03) ? this.urls().at(-1) : undefined;
    const second = twin === undefined ? null : call(twin, request.query, request.variables);
    const patience = PATIENCE_MS + this.settings.absenceMs;
    const first = await insist(this.urls, random, request, patience, (why) => {
      this.unsure[why] = (this.unsure[why] ?? 0) + 1;
    });
    if (first) this.told(key, first);
    else this.gaveUp += 1;
    const other = await second;
    if (other?.kind === 'answered') this.told(key, other.data);
    const sendId = first ? sendIdIn(first) : null;
    if (sendId === null) return;
    this.sends += 1;
    this.acknowledged += letter.people.length;
    if (!letter.topic && random.chance(0.06)) await this.cancel(random, sendId);
  }

  private told(key: string, data: Record<string, unknown>): void {
    const sendId = sendIdIn(data);
    const { userErrors } = data['send'] as { userErrors: { code: string }[] };
    if (sendId !== null) this.ledger.write({ type: 'acknowledged', at: Date.now(), key, sendId: uuidOf(sendId) });
    else
      this.ledger.write({ type: 'refused', at: Date.now(), key, codes: userErrors.map(({ code }) => code).join(', ') });
  }

  private async cancel(random: Random, apiId: string): Promise<void> {
    await sleep(random.between(0, 400));
    const sendId = uuidOf(apiId);
    this.ledger.write({ type: 'cancel asked', at: Date.now(), sendId });
    const request = { query: CANCEL, variables: { input: { id: apiId } } };
    const data = await insist(this.urls, random, request, PATIENCE_MS + this.settings.absenceMs);
    const payload = data?.['cancelSend'] as { userErrors: unknown[] } | undefined;
    if (payload?.userErrors.length === 0) this.ledger.write({ type: 'canceled', at: Date.now(), sendId });
  }
}

/** Mostly one person; some batches; some that end soon, some that begin later. */
function compose(random: Random, name: string): Letter {
  const size = random.chance(0.15) ? random.between(40, 120) : 1;
  const people = Array.from({ length: size }, (_, nth) => `p${name}x${nth}`);
  const category = random.weighted({ orders: 7, news: 2, codes: 1 });
  const expiresInMs = random.chance(0.05) ? random.between(4_000, 20_000) : null;
  const sendInMs = expiresInMs === null && random.chance(0.04) ? random.between(1_000, 8_000) : null;
  return { category, people, topic: false, expiresInMs, sendInMs };
}

/** The words are the key, so that the provider can tell whose they are. */
function inputOf(key: string, letter: Letter, now: number): object {
  const later = (ms: number | null): string | null => (ms === null ? null : new Date(now + ms).toISOString());
  const to = letter.people.map((externalId) => ({ externalId, email: addressOf(externalId) }));
  return {
    ...(letter.topic ? { topic: TOPIC } : { to }),
    ...{ category: letter.category, content: { title: key, body: 'It happened.' }, idempotencyKey: key, tags: [key] },
    ...{ expiresAt: later(letter.expiresInMs), sendAt: later(letter.sendInMs) },
  };
}

function sendIdIn(data: Record<string, unknown>): string | null {
  return (data['send'] as { send: { id: string } | null }).send?.id ?? null;
}

function uuidOf(apiId: string): string {
  const uuid = decodeId('send', apiId);
  if (uuid === null) throw new Error(`not an id of a send: ${apiId}`);
  return uuid;
}
