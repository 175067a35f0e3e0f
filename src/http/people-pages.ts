import { html, type Html, type HtmlPart } from '../base/html.js';
import { filled, channelWord, type Spoken } from './people-words.js';
import type { UnsubscribeView } from './people-views.js';

/** Where the stylesheet of these pages is. */
export const STYLE_PATH = '/people/style.css';

/** What a choice on a page was: nothing yet, done, or undone. */
export type Told = 'ASKED' | 'DONE' | 'UNDONE';

/**
 * A whole page. `brand` is the slot for the look of whoever sends; `told`, what has happened, comes first in the title, which
 * is what screen readers say first of a page.
 */
export function page(
  { language, direction }: Spoken,
  {
    title,
    brand,
    told = null,
  }: { readonly title: string; readonly brand: string | null; readonly told?: string | null },
  content: HtmlPart,
): Html {
  return html`<!doctype html>
    <html lang="${language}" dir="${direction}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${told === null ? '' : `${told} – `}${title}${brand === null ? '' : ` – ${brand}`}</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
      </head>
      <body>
        ${brand === null ? null : html`<header data-brand><bdi>${brand}</bdi></header>`}
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `;
}

/** Why a link opens nothing now. */
export function shutPage(spoken: Spoken, why: 'INVALID' | 'EXPIRED' | 'AWAY'): Html {
  const { title, text } = spoken.words.shut[why];
  return page(spoken, { title, brand: null }, html`<p>${text}</p>`);
}

/** Asks, or says what is done. Each button is the whole way: no second question, no sign-in. */
export function unsubscribePage(spoken: Spoken, view: UnsubscribeView, told: Told): Html {
  const words = spoken.words.unsubscribe;
  const { category, allOff } = view;
  const about = category && { name: category.name, channel: channelWord(spoken.words, category.channel) };
  const button = (choice: string, label: string, look: string): Html =>
    html`<button class="${look}" name="choice" value="${choice}">${label}</button>`;
  const done = (sentence: string, choice: string): Html =>
    html`<p class="good" role="status">${sentence}</p>
      ${button(choice, words.again, 'quiet')}`;
  const parts: HtmlPart[] = [];
  if (told === 'UNDONE') {
    const isWaiting = category?.needsConsent === true && !category.off;
    parts.push(html`<p class="good" role="status">${isWaiting ? words.needsConsent : words.undone}</p>`);
  }
  if (category && about && !allOff)
    parts.push(
      category.off
        ? done(filled(words.categoryDone, about), 'category-again')
        : html`<p>${filled(words.ofCategory, about)}</p>
            ${button('category', filled(words.categoryButton, about), '')}`,
    );
  parts.push(
    allOff
      ? done(words.allDone, 'all-again')
      : html`${category ? null : html`<p>${words.ofAll}</p>`}${button('all', words.allButton, category ? 'quiet' : '')}
          <p class="hint">${words.allMeans}</p>`,
  );
  return page(spoken, { title: words.title, brand: view.environment }, html`<form method="post">${parts}</form>`);
}
