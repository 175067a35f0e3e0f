import type { Storage } from '@graphiql/toolkit';

const PREFIX = 'graphiql:';
const HISTORY = [`${PREFIX}queries`, `${PREFIX}favorites`];

/**
 * The browser's storage, but without the headers of past requests: GraphiQL keeps them in its history even when headers
 * are not to be kept, and an API key has no business on the disk of every machine that was used to look something up.
 */
export function createStorage(): Storage {
  const ownKeys = (): string[] => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  return {
    getItem: (key) => localStorage.getItem(key),
    setItem: (key, value) => localStorage.setItem(key, HISTORY.includes(key) ? withoutHeaders(value) : value),
    removeItem: (key) => localStorage.removeItem(key),
    get length() {
      return ownKeys().length;
    },
    clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
  };
}

function withoutHeaders(json: string): string {
  return JSON.stringify(JSON.parse(json), (name, value: unknown) => (name === 'headers' ? undefined : value));
}
