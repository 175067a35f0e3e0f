import { html, type Html, type HtmlPart } from '../base/html.js';
import { filled, channelWord, type Spoken } from './people-words.js';
import type { FormProblem, PreferencesView, UnsubscribeView } from './people.js';

/** Where the stylesheet of these pages is. */
export const STYLE_PATH = '/people/style.css';

/** What a choice on a page was: nothing yet, done, or undone. */
export type Told = 'ASKED' | 'DONE' | 'UNDONE';

/** A whole page. `brand` is the slot for the look of whoever sends. */
function page({ language, direction }: Spoken, title: string, brand: string | null, content: HtmlPart): Html {
  return html`<!doctype html>
    <html lang="${language}" dir="${direction}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}${brand === null ? '' : ` – ${brand}`}</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
      </head>
      <body>
        ${brand === null ? null : html`<header data-brand>${brand}</header>`}
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
  return page(spoken, title, null, html`<p>${text}</p>`);
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
  if (told === 'UNDONE') parts.push(html`<p class="good" role="status">${words.undone}</p>`);
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
  return page(spoken, words.title, view.environment, html`<form method="post">${parts}</form>`);
}

/** The matrix and what else a person chooses, as one form. */
export function preferencesPage(
  spoken: Spoken,
  view: PreferencesView,
  { saved, problems }: { readonly saved: boolean; readonly problems: readonly FormProblem[] },
): Html {
  const words = spoken.words.preferences;
  const { form } = view;
  const has = (start: string): boolean => problems.some((problem) => problem.startsWith(start));
  const invalid = (start: string): HtmlPart => has(start) && html` aria-invalid="true" aria-describedby="problems"`;
  const notice =
    problems.length > 0
      ? html`<div class="bad" role="alert" id="problems">
          <p>${words.notSaved}</p>
          <ul>
            ${problems.map((problem) => html`<li>${spoken.words.problems[problem]}</li>`)}
          </ul>
        </div>`
      : saved && html`<p class="good" role="status">${words.saved}</p>`;
  const time = (name: string, label: string, value: string): Html =>
    html`<label class="field"
      >${label} <input type="time" name="${name}" value="${value}" ${invalid('QUIET')}
    /></label>`;
  return page(
    spoken,
    words.title,
    view.environment,
    html`<p>${words.intro}</p>
      ${notice}
      <form method="post" novalidate>
        ${view.sections.map((section) => table(spoken, view, section))}
        <fieldset>
          <legend>${words.quiet}</legend>
          ${time('quietFrom', words.from, form.quietFrom)} ${time('quietTo', words.to, form.quietTo)}
          <p class="hint">${filled(words.quietMeans, { zone: view.timeZone })}</p>
        </fieldset>
        <fieldset>
          <legend>${words.pause}</legend>
          <label class="field"
            >${words.pauseUntil} <input type="date" name="pausedUntil" value="${form.pausedUntil}" ${invalid('PAUSE')}
          /></label>
          <p class="hint">${words.pauseMeans}</p>
        </fieldset>
        <p class="check">
          <input type="checkbox" id="all" name="unsubscribed" value="yes" ${form.unsubscribed && html`checked`} />
          <label for="all">${words.all} <span class="hint">${words.allMeans}</span></label>
        </p>
        <button>${words.save}</button>
      </form>`,
  );
}

type Section = PreferencesView['sections'][number];

/** One section: categories down, channels across. What is locked says why. */
function table(spoken: Spoken, { channels, form }: PreferencesView, { name, rows }: Section): Html {
  const words = spoken.words.preferences;
  const used = channels.filter((channel) => rows.some((row) => row.cells.some((cell) => cell.channel === channel)));
  return html`<div class="wide">
    <table>
      <caption>
        ${name ?? words.others}
      </caption>
      <thead>
        <tr>
          <th scope="col">${words.category}</th>
          ${used.map((channel) => html`<th scope="col">${channelWord(spoken.words, channel)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              <th scope="row">
                ${row.name} ${row.description !== null && html`<p class="hint">${row.description}</p>`}
                ${row.locked !== null && html`<p class="hint">${words[row.locked]}</p>`}
              </th>
              ${used.map((channel) => {
                const cell = row.cells.find((one) => one.channel === channel);
                return html`<td>${cell && box(spoken, row, cell, form.on)}</td>`;
              })}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

type Row = Section['rows'][number];

function box(spoken: Spoken, row: Row, { channel, editable }: Row['cells'][number], on: ReadonlySet<string>): Html {
  // As recipients/preferences-form names its cells.
  const name = `${row.key} ${channel}`;
  const label = `${row.name}: ${channelWord(spoken.words, channel)}`;
  return html`<label
      ><span class="unseen">${label}</span
      ><input
        type="checkbox"
        name="on"
        value="${name}"
        ${on.has(name) && html`checked`}
        ${!editable && html`disabled`} /></label
    >${editable && html`<input type="hidden" name="shown" value="${name}" />`}`;
}
