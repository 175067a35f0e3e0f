import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import {
  GraphQLDateTimeISO,
  GraphQLISO8601Duration,
  GraphQLJSON,
  GraphQLJSONObject,
  GraphQLLocale,
  GraphQLTimeZone,
} from 'graphql-scalars';

function renamed(scalar: GraphQLScalarType, name: string, description: string): GraphQLScalarType {
  return new GraphQLScalarType({ ...scalar.toConfig(), name, description });
}

export const DateTime = renamed(
  GraphQLDateTimeISO,
  'DateTime',
  'RFC 3339 date and time with an offset; written in UTC with milliseconds.',
);
export const JSONValue = renamed(GraphQLJSON, 'JSON', 'Any JSON value.');
export const JSONObject = renamed(GraphQLJSONObject, 'JSONObject', 'Any JSON object.');
export const Locale = renamed(GraphQLLocale, 'Locale', 'BCP 47 language tag, like `pt-BR`.');
export const TimeZone = renamed(GraphQLTimeZone, 'TimeZone', 'IANA time zone, like `Europe/Prague`.');
export const Duration = renamed(
  GraphQLISO8601Duration,
  'Duration',
  'ISO 8601 duration of days, hours, minutes and seconds, like `PT15M`.',
);

const PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);
const URL_MAX = 2048;

function parseUrl(value: unknown): string {
  if (
    typeof value !== 'string' ||
    value.length > URL_MAX ||
    !URL.canParse(value) ||
    !PROTOCOLS.has(new URL(value).protocol)
  )
    throw new GraphQLError(`URL: expected an absolute http, https or mailto URL of at most ${URL_MAX} characters`, {
      extensions: { code: 'BAD_USER_INPUT' },
    });
  return value;
}

/** Absolute and harmless to click: never `javascript:` or `data:`. */
export const UrlScalar = new GraphQLScalarType<string, string>({
  name: 'URL',
  description: 'Absolute URL with http, https or mailto, at most 2048 characters.',
  specifiedByURL: 'https://url.spec.whatwg.org/',
  serialize: String,
  parseValue: parseUrl,
  parseLiteral: (node: ValueNode) => parseUrl(node.kind === Kind.STRING ? node.value : null),
});

const PARTS = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Milliseconds of a duration; null for years, months and signs, which have no fixed length. */
export function durationMs(text: string): number | null {
  const match = PARTS.exec(text);
  if (!match) return null;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return Math.round((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000);
}

/** `PT1M30S` for 90,000 ms. */
export function durationText(ms: number): string {
  const seconds = ms / 1000;
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor((seconds % 86_400) / 3600),
    Math.floor((seconds % 3600) / 60),
  ];
  const rest = Math.round((seconds % 60) * 1000) / 1000;
  const date = days > 0 ? `${days}D` : '';
  const time = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${rest > 0 ? `${rest}S` : ''}`;
  if (date === '' && time === '') return 'PT0S';
  return `P${date}${time === '' ? '' : `T${time}`}`;
}
