/** Whether anybody looks at what a person opens and clicks, and where not, on whose word. */
export type Tracking = 'ON' | 'PERSON' | 'REGION';

/**
 * The person's own word comes first. Where the country is unknown it is looked at only if that is off nowhere.
 *
 * @param limitUse the person wants data used for what is necessary alone
 * @param country ISO 3166-1 alpha-2; null: unknown
 * @param offIn countries where the environment does not look
 */
export function trackingOf(limitUse: boolean, country: string | null, offIn: readonly string[]): Tracking {
  if (limitUse) return 'PERSON';
  const isOff = country === null ? offIn.length > 0 : offIn.includes(country);
  return isOff ? 'REGION' : 'ON';
}
