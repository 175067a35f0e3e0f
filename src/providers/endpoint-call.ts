import type { Egress } from '../base/egress.js';
import type { HttpReply } from '../base/http-exchange.js';
import { callVendor } from './http-call.js';
import type { Answer, Call } from './provider.js';

/** For channels whose addresses are URLs that people named. */
export interface EndpointHost {
  /** Where addresses may lead. */
  readonly egress: Egress;
  /** An operator's own host that is called instead, under the path of the address; it is not guarded. */
  readonly baseUrl: string | undefined;
}

/** Posts JSON to the URL that is the address of a call. The URL may be a secret, and is in no answer. */
export async function postToEndpoint(
  { egress, baseUrl }: EndpointHost,
  call: Call,
  { body, headers }: { body: string; headers?: Readonly<Record<string, string>> },
  signal: AbortSignal,
  read: (reply: HttpReply) => Answer,
): Promise<Answer> {
  if (!URL.canParse(call.address))
    return { kind: 'rejected', code: 'INVALID_URL', detail: 'the address is not the URL that it should be' };
  const request = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
  if (baseUrl === undefined) return callVendor(call.address, { ...request, egress }, signal, read);
  const { pathname, search } = new URL(call.address);
  // Set, not resolved: a path that begins with // would be another host.
  const url = Object.assign(new URL(baseUrl), { pathname, search });
  return callVendor(url.toString(), request, signal, read);
}
