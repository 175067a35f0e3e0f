import { verify, X509Certificate, type KeyObject } from 'node:crypto';
import { messageOf } from '../base/errors.js';
import { exchange } from '../base/http-exchange.js';
import { fieldOf, forged, jsonOf, type CallbackAnswer } from './callback.js';
import { clip } from './provider.js';

/** What Amazon SNS brought: a message of the topic, or an answer that is ready. */
export type SnsReading =
  | { readonly kind: 'message'; readonly id: string; readonly text: string }
  | { readonly kind: 'answer'; readonly answer: CallbackAnswer };

/** Answers the certificate at a URL of Amazon SNS, as PEM; null: Amazon has none there. */
export type FetchCertificate = (url: string) => Promise<string | null>;

const ARN = /^arn:aws[a-z-]{0,10}:sns:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:[\w-]{1,256}(?:\.fifo)?$/;
/** Where China’s regions live. */
const CHINA = /^cn-/;

export function isTopicArn(arn: string): boolean {
  return ARN.test(arn);
}

/** Amazon tries for an hour to bring what it signed once; what is older is somebody’s who kept it. */
const OLDEST_MS = 3_600_000;
/** Our clock and Amazon’s need not agree. */
const SKEW_MS = 300_000;

/** The fields that are signed, in this order, by type (AWS: “Verifying the signatures of Amazon SNS messages”). */
const CONFIRMATION = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
const SIGNED = new Map([
  ['Notification', ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']],
  ['SubscriptionConfirmation', CONFIRMATION],
  ['UnsubscribeConfirmation', CONFIRMATION],
]);
/** SHA-1 is what a topic signs with unless its owner asks for better. */
const DIGESTS = new Map([
  ['1', 'sha1'],
  ['2', 'sha256'],
]);

const CERTIFICATE_PATH = /^\/SimpleNotificationService-[\w-]{1,80}\.pem$/;
const BASE64 = /^[A-Za-z0-9+/]{4,2000}={0,2}$/;

/**
 * Reads what Amazon SNS posts. Everybody can have a topic there that Amazon signs for: so the topic has to be ours, and
 * certificates come from no other host than the one of its region. (A looser pattern for that host would let in buckets:
 * `sns.s3.amazonaws.com` is one.)
 */
export function snsReader(certificateOf: (url: string, now: Date) => Promise<KeyObject | null>) {
  return async (body: Buffer, topicArn: string | undefined, now: Date): Promise<SnsReading> => {
    const found = jsonOf(body);
    const text = (name: string): string | null => {
      const value = fieldOf(found, name);
      return typeof value === 'string' ? value : null;
    };
    const refuse = (detail: string): SnsReading => ({ kind: 'answer', answer: forged(detail) });

    if (topicArn === undefined) return refuse('no topicArn is set to know our topic by');
    if (text('TopicArn') !== topicArn) return refuse('not from our topic');
    const type = text('Type') ?? '';
    const fields = SIGNED.get(type);
    const digest = DIGESTS.get(text('SignatureVersion') ?? '');
    const [id, signature, url] = [text('MessageId'), text('Signature') ?? '', text('SigningCertURL')];
    if (!fields || digest === undefined || id === null || !BASE64.test(signature) || url === null)
      return refuse('expected a signed message of Amazon SNS');
    const age = now.getTime() - Date.parse(text('Timestamp') ?? '');
    if (!(age >= -SKEW_MS && age <= OLDEST_MS)) return refuse('the signed time is more than an hour ago');
    if (!isOfSns(url, topicArn) || !CERTIFICATE_PATH.test(new URL(url).pathname))
      return refuse('the certificate is not at Amazon SNS');

    let key: KeyObject | null;
    try {
      key = await certificateOf(url, now);
    } catch (error) {
      return { kind: 'answer', answer: { kind: 'later', detail: clip(`no certificate: ${messageOf(error)}`) } };
    }
    if (key === null) return refuse('no certificate there');
    const signed = fields.map((name) => [name, text(name)]).filter(([, value]) => value !== null);
    const bytes = Buffer.from(signed.map(([name, value]) => `${name}\n${value}\n`).join(''));
    if (!verify(digest, bytes, key, Buffer.from(signature, 'base64'))) return refuse('wrong signature');

    if (type === 'Notification') return { kind: 'message', id, text: text('Message') ?? '' };
    // Somebody ended our subscription; there is nothing to be done about it here.
    if (type === 'UnsubscribeConfirmation') return { kind: 'answer', answer: { kind: 'events', events: [] } };
    const confirm = text('SubscribeURL') ?? '';
    if (!isOfSns(confirm, topicArn)) return refuse('the URL to confirm is not at Amazon SNS');
    return { kind: 'answer', answer: { kind: 'confirm', url: confirm } };
  };
}

/** Is this a URL of Amazon SNS in the region of the topic? */
function isOfSns(text: string, topicArn: string): boolean {
  const region = ARN.exec(topicArn)?.[1];
  if (region === undefined || !URL.canParse(text)) return false;
  const { href, protocol, host, username, password } = new URL(text);
  const expected = `sns.${region}.amazonaws.com${CHINA.test(region) ? '.cn' : ''}`;
  return href === text && protocol === 'https:' && host === expected && username === '' && password === '';
}

/** Amazon has a handful at a time. */
const CERTIFICATES_MAX = 20;
const FETCH_MS = 5_000;

/** Keys of certificates, each fetched once: they change about once a year, and then their URL does. */
export function certificateKeys(
  fetch: FetchCertificate = fetchPem,
): (url: string, now: Date) => Promise<KeyObject | null> {
  const known = new Map<string, Promise<X509Certificate | null>>();
  return async (url, now) => {
    let fetching = known.get(url);
    if (!fetching) {
      if (known.size >= CERTIFICATES_MAX) known.clear();
      fetching = fetch(url).then((pem) => (pem === null ? null : new X509Certificate(pem)));
      known.set(url, fetching);
      // What failed is tried again; so is what was not there, whose URL anybody may have made up.
      const forget = (): boolean => known.delete(url);
      fetching.then((found) => found === null && forget(), forget);
    }
    const certificate = await fetching;
    if (!certificate) return null;
    if (now < new Date(certificate.validFrom) || now > new Date(certificate.validTo))
      throw new Error('the certificate is not valid now');
    return certificate.publicKey;
  };
}

async function fetchPem(url: string): Promise<string | null> {
  const reply = await exchange(url, { method: 'GET', headers: {}, body: '' }, AbortSignal.timeout(FETCH_MS));
  if (reply.status === 403 || reply.status === 404) return null;
  if (reply.status !== 200) throw new Error(`status ${reply.status}`);
  return reply.text;
}
