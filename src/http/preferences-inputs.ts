import { html, type Html, type HtmlPart } from '../base/html.js';
import type { FieldProblem, PreferencesView } from './people-views.js';
import type { Spoken } from './people-words.js';

/** What the parts of the page are made from. */
export interface Shown {
  readonly spoken: Spoken;
  readonly view: PreferencesView;
  readonly problems: readonly FieldProblem[];
}

interface Input {
  readonly name: string;
  /** Where its problem is said. */
  readonly field: string;
  readonly type: 'time' | 'date';
  readonly label: string;
  readonly value: string;
  /** Id of what explains it. */
  readonly hint?: string;
  readonly id?: string;
}

/** A field with its label, which names what explains it and what is wrong with it. */
export function input({ problems }: Shown, { name, field, type, label, value, hint, id }: Input): Html {
  const isWrong = problems.some((one) => one.field === field);
  const described = [...(hint === undefined ? [] : [hint]), ...(isWrong ? [`${idOf(field)}-problem`] : [])];
  return html`<label class="field"
    >${label}
    <input
      type="${type}"
      name="${name}"
      value="${value}"
      id="${id ?? idOf(name === 'pausedUntil' ? field : name)}"
      ${described.length > 0 && html`aria-describedby="${described.join(' ')}"`}
      ${isWrong && html`aria-invalid="true"`}
  /></label>`;
}

/** What is wrong, beside what it is about. */
export function problem({ spoken, problems }: Shown, field: string): HtmlPart {
  return problems
    .filter((one) => one.field === field)
    .map((one) => html`<p class="wrong" id="${idOf(field)}-problem">${spoken.words.problems[one.problem]}</p>`);
}

/** Ids have no spaces; keys of categories have none either. */
export function idOf(field: string): string {
  return field.replace(' ', '-');
}
