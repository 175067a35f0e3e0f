/** How much is done in a round. */
export interface Size {
  /** Of a fan-out to everybody. */
  readonly people: number;
  /** Of the fan-outs that are done several times in a round. */
  readonly some: number;
  /** Of the naive fan-outs: their rate does not depend on the number. */
  readonly naivePeople: number;
  readonly singles: number;
  /** Of everything that is done for a while. */
  readonly seconds: number;
  /** Notifications stored before the fan-outs that tell whether cost grows. */
  readonly stored: readonly number[];
  /** Open inboxes. */
  readonly sockets: number;
  /** Of those, how many lose their connection at once. */
  readonly storm: number;
}

export const FULL: Size = {
  people: 100_000,
  some: 20_000,
  naivePeople: 1_000,
  singles: 100,
  seconds: 5,
  stored: [10_000, 100_000, 1_000_000],
  sockets: 10_000,
  storm: 5_000,
};

export const QUICK: Size = {
  people: 4_000,
  some: 2_000,
  naivePeople: 200,
  singles: 20,
  seconds: 2,
  stored: [1_000, 10_000],
  sockets: 2_000,
  storm: 1_000,
};
