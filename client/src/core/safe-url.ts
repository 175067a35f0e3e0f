const allowed = new Set(['http:', 'https:', 'mailto:']);

/**
 * The address if a link may lead there: http, https, mailto, or relative to the page. Anything else, above all
 * `javascript:`, gives undefined. The address is read by the same parser that follows it, so no spelling slips through.
 */
export function safeUrl(url: string | null): string | undefined {
  if (!url) return undefined;
  try {
    return allowed.has(new URL(url, 'https://relative.invalid').protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}
