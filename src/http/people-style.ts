/** The look of the hosted pages: light and dark, forced colours, narrow screens. Brands will put their colours into the variables. */
export const PEOPLE_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #515a66; --paper: #ffffff; --ground: #f3f4f6; --line: #8a929c;
  --accent: #0b57d0; --on-accent: #ffffff; --good: #e6f4ea; --bad: #fce8e6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eef1f4; --soft: #b6bec8; --paper: #1c2026; --ground: #12151a; --line: #7d8793; --accent: #a8c7fa;
    --on-accent: #0a1f3d; --good: #16321f; --bad: #43201d; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 100%/1.5 system-ui, sans-serif; }
header, main { max-width: 46rem; margin: 0 auto; padding: 1rem; }
header { padding-bottom: 0; color: var(--soft); font-weight: 600; }
main { background: var(--paper); border-radius: 0.75rem; padding: 1.5rem; margin-top: 1rem; margin-bottom: 2rem; }
h1 { margin: 0 0 0.5rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
.hint { color: var(--soft); font-size: 0.9rem; margin: 0.25rem 0; }
.good, .bad { padding: 0.75rem 1rem; border-radius: 0.5rem; border: 1px solid; }
.good { background: var(--good); }
.bad { background: var(--bad); }
.bad ul { margin: 0; padding-inline-start: 1.25rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.5rem; }
caption { text-align: start; font-weight: 600; font-size: 1.1rem; padding: 0.5rem 0; }
th, td { padding: 0.5rem; border-bottom: 1px solid var(--line); text-align: center; vertical-align: top; font-weight: 400; }
thead th { font-weight: 600; }
th:first-child { text-align: start; }
td label { display: inline-flex; min-width: 2rem; min-height: 2rem; align-items: center; justify-content: center; }
input[type='checkbox'] { width: 1.5rem; height: 1.5rem; accent-color: var(--accent); margin: 0; }
fieldset { border: 1px solid var(--line); border-radius: 0.5rem; margin: 0 0 1.5rem; padding: 0.75rem 1rem; }
legend { font-weight: 600; padding: 0 0.25rem; }
.field { display: inline-block; margin: 0.25rem 1rem 0.25rem 0; }
.field input { display: block; font: inherit; padding: 0.375rem 0.5rem; min-height: 2.5rem; color: inherit;
  background: var(--paper); border: 1px solid var(--line); border-radius: 0.375rem; }
.field input[aria-invalid='true'] { border-width: 2px; }
.check { display: flex; gap: 0.75rem; align-items: flex-start; }
.check input { flex: none; }
button { font: inherit; font-weight: 600; padding: 0.625rem 1.25rem; min-height: 2.75rem; border-radius: 0.5rem; cursor: pointer;
  border: 2px solid var(--accent); background: var(--accent); color: var(--on-accent); margin: 0 0.5rem 0.75rem 0; }
button.quiet { background: transparent; color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
