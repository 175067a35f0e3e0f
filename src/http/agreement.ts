import { createHash } from 'node:crypto';
import { html, type HtmlPart } from '../base/html.js';
import type { ChannelName } from '../base/names.js';
import type { Agreement, CellView, FilledForm, PreferencesView, RowView } from './people-views.js';
import { channelWord, type Spoken } from './people-words.js';
import { idOf } from './preferences-inputs.js';

const DIGEST_BYTES = 16;

/** Under the boxes of advertising: how it ends, what a tick says, and the terms. */
export function advertising(spoken: Spoken, row: RowView): HtmlPart {
  if (row.terms === null) return null;
  const words = spoken.words.preferences;
  const links = linksOf(spoken, row).map(
    ({ label, url }) => html`<a class="refer" href="${url}" rel="nofollow noreferrer">${label}</a> `,
  );
  return html`<div class="terms" id="${termsId(row)}">
    <p class="hint">${words.advertising}${asksFor(row) && ` ${words.agree}`}</p>
    ${links.length > 0 && html`<p class="hint">${links}</p>`}
  </div>`;
}

/** Id of what a tick agrees to. */
export function termsId({ key }: RowView): string {
  return idOf(`terms ${key}`);
}

/** Says which words a box stood in, so that nobody agrees to others. */
export function agreedField(spoken: Spoken, row: RowView, cell: CellView): HtmlPart {
  if (cell.consent !== 'TICK') return null;
  const digest = digestOf(wordingOf(spoken, row, cell.channel));
  return html`<input type="hidden" name="agreed ${row.key} ${cell.channel}" value="${digest}" />`;
}

/** What a cell of the page says now, and whether the form stood in the same words; null: there is no such cell. */
export function agreementOf(
  spoken: Spoken,
  view: PreferencesView,
  { agreed }: Pick<FilledForm, 'agreed'>,
  category: string,
  channel: ChannelName,
): Agreement | null {
  const row = view.sections.flatMap((section) => section.rows).find((one) => one.key === category);
  if (row?.cells.find((one) => one.channel === channel)?.consent !== 'TICK') return null;
  const wording = wordingOf(spoken, row, channel);
  const isAsShown = agreed.get(`${category} ${channel}`) === digestOf(wording);
  return { wording, language: spoken.language, isAsShown };
}

/** All that the page says around a box, a line each; of links, where they lead as well. */
function wordingOf(spoken: Spoken, row: RowView, channel: ChannelName): string {
  const { advertising: end, agree } = spoken.words.preferences;
  const links = linksOf(spoken, row).map(({ label, url }) => `${label}: ${url}`);
  const box = `☑ ${channelWord(spoken.words, channel)}`;
  return [row.name, row.description, row.expected, box, `${end} ${agree}`, ...links]
    .filter((line) => line !== null)
    .join('\n');
}

function linksOf({ words }: Spoken, { terms }: RowView): { readonly label: string; readonly url: string }[] {
  const { termsUrl = null, privacyUrl = null } = terms ?? {};
  return [
    ...(termsUrl === null ? [] : [{ label: words.preferences.terms, url: termsUrl }]),
    ...(privacyUrl === null ? [] : [{ label: words.preferences.privacy, url: privacyUrl }]),
  ];
}

function asksFor({ cells }: RowView): boolean {
  return cells.some(({ consent, editable }) => editable && consent === 'TICK');
}

function digestOf(wording: string): string {
  return createHash('sha256').update(wording).digest().subarray(0, DIGEST_BYTES).toString('base64url');
}
