import css from '../inbox.css?inline';

/** In the page's hands: what it sets on the element wins over these. */
const ofHost = `:host{display:inline-block}
:host([mode=page]){display:block}
:host([theme=light]){color-scheme:light}
:host([theme=dark]){color-scheme:dark}
:host([mode=page][theme]){background:var(--td-surface)}
:host([hidden]){display:none}`;

let sheet: CSSStyleSheet | undefined;

/** One sheet for all elements of the page. Made by script, so that no policy about styles is in its way. */
export function styles(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    // Variables that stood on the parts themselves would hide those of the page.
    sheet.replaceSync(ofHost + css.replace(/:where\(\.tidings\)\s*\{/, ':host{'));
  }
  return sheet;
}
