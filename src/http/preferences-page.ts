import { instant } from '../base/clock.js';
import { html, type Html, type HtmlPart } from '../base/html.js';
import { LEVELS, type Cadence } from '../base/names.js';
import { advertising, agreedField, termsId } from './agreement.js';
import { page } from './people-pages.js';
import type { CellView, FieldProblem, PreferencesView, RowView } from './people-views.js';
import { channelWord, filled, type Spoken } from './people-words.js';
import { idOf, input, problem, type Shown } from './preferences-inputs.js';

/** Where the form leads back to: what was done, or what is wrong, which takes the focus there without any script. */
const TOLD = 'told';

/** Everything that a person chooses, as one form in one column. `was`: what it said before anything was typed. */
export function preferencesPage(
  spoken: Spoken,
  view: PreferencesView,
  {
    saved,
    problems,
    was,
  }: { readonly saved: boolean; readonly problems: readonly FieldProblem[]; readonly was: string },
): Html {
  const words = spoken.words.preferences;
  const shown = { spoken, view, problems };
  const told = problems.length > 0 ? words.titleNotSaved : saved ? words.titleSaved : null;
  return page(
    spoken,
    { title: words.title, brand: view.environment, told },
    html`<p class="lead">${words.intro}</p>
      ${notices(shown, saved)}
      <form method="post" action="#${TOLD}" novalidate>
        <input type="hidden" name="was" value="${was}" />
        ${levels(shown)}
        ${view.sections.map(
          ({ name, rows }) =>
            html`<section>
              <h2><bdi>${name ?? words.others}</bdi></h2>
              ${rows.map((row) => (row.locked === null ? category(shown, row) : lockedCategory(shown, row)))}
            </section>`,
        )}
        <section>
          <h2>${words.always}</h2>
          ${wholeChannels(shown)} ${quietHours(shown)} ${pause(shown)}
        </section>
        <div class="check last">
          <input type="checkbox" id="all" name="unsubscribed" value="yes" ${view.form.unsubscribed && html`checked`} />
          <label for="all">${words.all} <span class="hint">${words.allMeans}</span></label>
        </div>
        <div class="save"><button>${words.save}</button></div>
      </form>`,
  );
}

/** What was done or is wrong, and what holds everything back at the moment. */
function notices({ spoken, view, problems }: Shown, saved: boolean): HtmlPart {
  const words = spoken.words.preferences;
  const { pausedUntil, unsubscribed } = view.form;
  const isPaused = pausedUntil !== '' && !problems.some(({ field }) => field === 'pause');
  const rows = view.sections.flatMap((section) => section.rows);
  const names = new Map<string, string>(
    rows.flatMap(({ key, name, cells }) => [
      [`pause ${key}`, name] as const,
      ...cells.map(({ channel }) => [`${key} ${channel}`, name] as const),
    ]),
  );
  const wrong = ({ field, problem }: FieldProblem): Html => {
    const name = names.get(field);
    const text = `${name === undefined ? '' : `${name}: `}${spoken.words.problems[problem]}`;
    return html`<li>${field === '' ? text : html`<a href="#${idOf(field)}">${text}</a>`}</li>`;
  };
  return [
    problems.length > 0
      ? html`<div class="notice bad" role="alert" id="${TOLD}" tabindex="-1">
          <p>${words.notSaved}</p>
          <ul>
            ${problems.map(wrong)}
          </ul>
        </div>`
      : saved && html`<p class="notice good" role="status" id="${TOLD}" tabindex="-1">${words.saved}</p>`,
    problems.length === 0 &&
      isPaused &&
      html`<p class="notice">${filled(words.isPaused, { date: longDate(spoken.language, pausedUntil) })}</p>`,
    problems.length === 0 && unsubscribed && html`<p class="notice">${words.isUnsubscribed}</p>`,
  ];
}

function longDate(language: string, date: string): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' });
  return format.format(instant(`${date}T00:00:00Z`));
}

function levels({ spoken, view }: Shown): Html {
  const words = spoken.words.preferences;
  return html`<fieldset class="card">
    <legend>${words.level}</legend>
    ${LEVELS.map(
      (level) =>
        html`<div class="check">
          <input
            type="radio"
            id="level-${level}"
            name="level"
            value="${level}"
            ${view.form.level === level && html`checked`}
          />
          <label for="level-${level}"
            >${words.levels[level].name} <span class="hint">${words.levels[level].means}</span></label
          >
        </div>`,
    )}
  </fieldset>`;
}

/** What it is about, as the operator says it. */
function about({ description, expected }: RowView): HtmlPart {
  return [description, expected].map((text) => text !== null && html`<p class="hint"><bdi>${text}</bdi></p>`);
}

function category(shown: Shown, row: RowView): Html {
  return html`<fieldset class="card">
    <legend><bdi>${row.name}</bdi></legend>
    ${about(row)}
    <ul class="ways">
      ${row.cells.map((cell) => way(shown, row, cell))}
    </ul>
    ${advertising(shown.spoken, row)} ${more(shown, row)}
  </fieldset>`;
}

/** Where it cannot be chosen there is nothing to press: why, and how it comes. */
function lockedCategory({ spoken }: Shown, row: RowView): Html {
  const words = spoken.words.preferences;
  const channels = row.cells.map(({ channel }) => channelWord(spoken.words, channel));
  return html`<div class="card locked">
    <h3><bdi>${row.name}</bdi></h3>
    ${about(row)}
    <p>${row.locked !== null && words[row.locked]}</p>
    ${channels.length > 0 && html`<p class="hint">${channels.join(' · ')}</p>`}
  </div>`;
}

/** One channel of a category: whether, and how often. */
function way(shown: Shown, row: RowView, cell: CellView): Html {
  const { spoken, view } = shown;
  const { channel, editable, cadences, atOnce, consent } = cell;
  const words = spoken.words.preferences;
  const name = `${row.key} ${channel}`;
  const label = channelWord(spoken.words, channel);
  const isWrong = shown.problems.some((one) => one.field === name);
  const described = [...(consent === 'TICK' ? [termsId(row)] : []), ...(isWrong ? [`${idOf(name)}-problem`] : [])];
  const chosen = view.form.cadences.get(name) ?? '';
  const option = (value: Cadence | '', text: string): Html =>
    html`<option value="${value}" ${chosen === value && html`selected`}>${text}</option>`;
  return html`<li>
    <label class="tick"
      ><input
        type="checkbox"
        name="on"
        value="${name}"
        id="${idOf(name)}"
        ${view.form.on.has(name) && html`checked`}
        ${!editable && html`disabled`}
        ${described.length > 0 && html`aria-describedby="${described.join(' ')}"`}
        ${isWrong && html`aria-invalid="true"`}
      />
      ${label}</label
    >${
      editable
        ? html`<input type="hidden" name="shown" value="${name}" />${agreedField(spoken, row, cell)}`
        : html`<span class="hint">${consent === null || consent === 'TICK' ? words.fixedCell : words[consent]}</span>`
    }${
      cadences.length > 0 &&
      html`<select name="cadence ${name}" aria-label="${label}: ${words.howOften}">
        ${option('', atOnce ? words.cadences.INSTANT : words.asUsual)}
        ${cadences.map((cadence) => option(cadence, words.cadences[cadence]))}
      </select>`
    }${problem(shown, name)}
  </li>`;
}

/** What few people want, out of the way until they do. */
function more(shown: Shown, { key, name, firsts, pausable }: RowView): HtmlPart {
  const { spoken, view, problems } = shown;
  const words = spoken.words.preferences;
  if (firsts.length === 0 && !pausable) return null;
  const first = view.form.firsts.get(key) ?? '';
  const until = view.form.pauses.get(key) ?? '';
  const field = `pause ${key}`;
  const isOpen = first !== '' || until !== '' || problems.some((one) => one.field === field);
  const choices = firsts.map(
    (channel) =>
      html`<option value="${channel}" ${channel === first && html`selected`}>
        ${channelWord(spoken.words, channel)}
      </option>`,
  );
  return html`<details ${isOpen && html`open`}>
    <summary>${words.more}<span class="unseen">: ${name}</span></summary>
    <div class="fields">
      ${
        firsts.length > 0 &&
        html`<label class="field"
          >${words.first}
          <select name="first ${key}">
            <option value="">${words.asUsual}</option>
            ${choices}
          </select></label
        >`
      }
      ${pausable && input(shown, { name: field, field, type: 'date', label: words.pauseUntil, value: until })}
    </div>
    ${problem(shown, field)}
  </details>`;
}

function wholeChannels({ spoken, view }: Shown): HtmlPart {
  const words = spoken.words.preferences;
  if (view.channels.length === 0) return null;
  return html`<fieldset class="card">
    <legend>${words.channels}</legend>
    <p class="hint" id="channels-mean">${words.channelsMean}</p>
    <div class="fields">
      ${view.channels.map(
        (channel) =>
          html`<label class="tick"
            ><input
              type="checkbox"
              name="on"
              value="${channel}"
              aria-describedby="channels-mean"
              ${view.form.on.has(channel) && html`checked`} />
            ${channelWord(spoken.words, channel)}<input type="hidden" name="shown" value="${channel}"
          /></label>`,
      )}
    </div>
  </fieldset>`;
}

function quietHours(shown: Shown): Html {
  const { spoken, view } = shown;
  const words = spoken.words.preferences;
  const { quietFrom, quietTo } = view.form;
  const time = { field: 'quiet', type: 'time', hint: 'quiet-means' } as const;
  return html`<fieldset class="card">
    <legend>${words.quiet}</legend>
    <p class="hint" id="quiet-means">${filled(words.quietMeans, { zone: view.timeZone })}</p>
    <div class="fields">
      ${input(shown, { ...time, name: 'quietFrom', label: words.from, value: quietFrom, id: idOf('quiet') })}
      ${input(shown, { ...time, name: 'quietTo', label: words.to, value: quietTo })}
    </div>
    ${problem(shown, 'quiet')}
  </fieldset>`;
}

function pause(shown: Shown): Html {
  const { spoken, view } = shown;
  const words = spoken.words.preferences;
  const value = view.form.pausedUntil;
  return html`<fieldset class="card">
    <legend>${words.pause}</legend>
    <p class="hint" id="pause-means">${words.pauseMeans}</p>
    <div class="fields">
      ${input(shown, {
        ...{ name: 'pausedUntil', field: 'pause', type: 'date', label: words.pauseUntil, value },
        hint: 'pause-means',
      })}
    </div>
    ${problem(shown, 'pause')}
  </fieldset>`;
}
