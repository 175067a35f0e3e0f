/** Web push without React: whether this browser can be pushed to, and the switch for it. */
export { webPush, type PushSnapshot, type PushState, type WebPush, type WebPushOptions } from './push/web-push.ts';
export type { PushMessage } from './push/messages.ts';
