/** What the fake provider can do with a request, and whether it has taken it then. */
const TAKES = {
  ok: true,
  '401': false,
  '403': false,
  '429': false,
  '500': false,
  '503': false,
  /** Reads it and never answers. */
  hang: false,
  'take, then hang': true,
  /** Says yes in its head and goes on with a byte a second, without end. */
  drip: true,
  'cut before headers': false,
  /** Begins its yes and cuts the connection in the middle of it. */
  'cut mid body': true,
  /** A page of some proxy: all is well. */
  'html 200': false,
  /** Takes it and cuts the connection instead of answering. */
  'accept, then drop': true,
} as const;

export type Mode = keyof typeof TAKES;
export const MODES = Object.keys(TAKES) as Mode[];
export const takes = (mode: Mode): boolean => TAKES[mode];

/** How often each mode comes. */
export type Weather = Readonly<Partial<Record<Mode, number>>>;
export const FAIR: Weather = { ok: 1 };
