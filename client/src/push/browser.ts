/** Whether this browser can be pushed to, as far as it can be told without asking anybody. */
export type PushAbility = 'unsupported' | 'needs-install' | NotificationPermission;

/** What the browser offers. Without a window, as on a server, nothing. */
export function ability(): PushAbility {
  if (typeof window === 'undefined') return 'unsupported';
  if ('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)
    return Notification.permission;
  // iOS has no push in a tab: the page must be put on the home screen first.
  const { standalone } = navigator as { standalone?: boolean };
  return standalone === false ? 'needs-install' : 'unsupported';
}

/** The bytes of a key in base64url. */
export function keyBytes(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Was it made with this key? One of another key is refused by the push service. */
export function isOfKey(subscription: PushSubscription, key: Uint8Array): boolean {
  const own = subscription.options.applicationServerKey;
  if (!own) return false;
  const bytes = new Uint8Array(own);
  return bytes.length === key.length && bytes.every((byte, index) => byte === key[index]);
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

/** The host's own address of a worker, for pages that take no plain text for one (Trusted Types; the policy is `tidings-push`). */
export function trusted(url: string): string {
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy('tidings-push', { createScriptURL: (given) => given });
  return policy ? policy.createScriptURL(url) : url;
}
