import type { Operation, UserError } from '../core/operations.ts';

/** With which key this gateway's pushes are signed; null: no environment to push from. */
export const pushKey: Operation<{ webPushPublicKey: string | null }, Record<string, never>> = {
  document: 'query PushKey { webPushPublicKey }',
};

/** Says that this browser is the person's; repeating it is harmless, and puts back what was given up. */
export const addBrowser: Operation<{ addEndpoint: { userErrors: readonly UserError[] } }, { address: string }> = {
  document: `mutation AddBrowser($address: String!) {
  addEndpoint(input: { channel: WEB_PUSH, address: $address }) { userErrors { code } }
}`,
};

/** Forgets this browser. */
export const removeBrowser: Operation<{ removeEndpoint: { userErrors: readonly UserError[] } }, { address: string }> = {
  document: `mutation RemoveBrowser($address: String!) {
  removeEndpoint(input: { channel: WEB_PUSH, address: $address }) { userErrors { code } }
}`,
};
