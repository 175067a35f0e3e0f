import type { ChannelName, Platform } from '../base/names.js';

/** A file that goes with what is said. */
export interface Attachment {
  /** Without folders. */
  readonly filename: string;
  readonly contentType: string;
  /** Under which HTML shows it in its text (`cid:`); null: it stands beside the text. */
  readonly contentId: string | null;
  readonly bytes: Buffer;
}

/** What is said, whatever the channel; each channel takes the parts that it can show. */
export interface Content {
  readonly title: string | null;
  readonly body: string;
  readonly html: string | null;
  readonly url: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
  /** Files, for channels that carry them; missing: none. */
  readonly attachments?: readonly Attachment[];
}

/** What a channel is: how its addresses look, and the traits that routing goes by. */
export interface Channel {
  readonly name: ChannelName;
  /** Delivered by our own commit to people who are online; every other channel needs an address and a provider. */
  readonly inApp: boolean;
  /** Goes to every address of a person, as devices expect it; else to the first that works. */
  readonly everyAddress?: true;
  /** Takes files along, where its provider carries them. */
  readonly carriesFiles?: true;
  /** What its address is called in explanations. */
  readonly addressNoun: string;
  /** Where people see it, first the platform that it is made for; missing: it belongs to none. */
  readonly platforms?: readonly [Platform, ...Platform[]];
  /** Goes only where the person is not known to be away. */
  readonly whereActive?: true;
  /** What the place is called in explanations; default "any place that is known". */
  readonly placeNoun?: string;
  /** The address as it is stored (normalised), or a sentence that says what is wrong with it. */
  parseAddress(input: string): { readonly address: string } | { readonly problem: string };
}

/** For channels whose addresses are the vendor's opaque ids or tokens. */
export function opaqueAddress(noun: string, maxLength: number): Channel['parseAddress'] {
  return (input) =>
    input.trim() !== '' && input.length <= maxLength
      ? { address: input }
      : { problem: `expected a ${noun} of 1 to ${maxLength} characters` };
}
