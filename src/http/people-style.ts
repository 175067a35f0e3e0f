/**
 * The look of the hosted pages: one column, light and dark, forced colours, narrow screens, either direction of writing (no
 * property names left or right). Brands will put their colours into the variables.
 */
export const PEOPLE_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606b; --paper: #ffffff; --ground: #f4f5f7; --line: #d5dae0;
  --edge: #7c8591; --accent: #0b57d0; --strong: #0a4bb3; --on-accent: #ffffff; --good: #e7f5ec; --good-edge: #1a7f45;
  --bad: #fdecea; --bad-edge: #b3261e; --note: #eef3fc; --locked: #f4f5f7; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf1; --soft: #aab3bf; --paper: #1a1e24; --ground: #101317; --line: #323942; --edge: #7d8793;
    --accent: #a8c7fa; --strong: #c4d9fc; --on-accent: #0a1f3d; --good: #14301f; --good-edge: #5fc58a; --bad: #3d1d1b;
    --bad-edge: #f2a69f; --note: #1b2738; --locked: #15191e; }
}
* { box-sizing: border-box; }
html { scroll-padding-block: 1rem 6rem; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 100%/1.5 system-ui, sans-serif;
  overflow-wrap: break-word; }
header, main { max-width: 42rem; margin-inline: auto; }
header { padding: 1.5rem 2rem 0; color: var(--soft); font-weight: 600; }
main { background: var(--paper); border: 1px solid var(--line); border-radius: 1rem; padding: 2rem; margin-block: 1rem 3rem; }
h1 { margin: 0 0 0.25rem; font-size: 1.75rem; line-height: 1.25; letter-spacing: -0.01em; }
h2 { margin: 2.5rem 0 0.75rem; font-size: 1.25rem; line-height: 1.3; }
h3, legend { margin: 0; padding: 0; font-size: 1rem; font-weight: 600; line-height: 1.5; }
p { margin: 0 0 1rem; }
.lead { color: var(--soft); margin-bottom: 1.5rem; }
.hint { color: var(--soft); font-size: 0.9rem; margin: 0 0 0.25rem; font-weight: 400; }
.notice { padding: 0.75rem 1rem; border-radius: 0.5rem; background: var(--note); border: 0 solid var(--accent);
  border-inline-start-width: 0.25rem; margin-bottom: 1rem; scroll-margin-block-start: 9rem; }
.notice p { margin: 0; font-weight: 600; }
.good { background: var(--good); border-color: var(--good-edge); }
.bad { background: var(--bad); border-color: var(--bad-edge); }
.bad ul { margin: 0.25rem 0 0; padding-inline-start: 1.25rem; }
.bad a { display: inline-block; padding-block: 0.125rem; color: inherit; }
.card { border: 1px solid var(--line); border-radius: 0.75rem; margin: 0 0 0.75rem; padding: 1rem 1.25rem; min-width: 0; }
.card legend { float: inline-start; width: 100%; }
.card legend + * { clear: both; }
.locked { background: var(--locked); }
.locked p { margin: 0.25rem 0 0; font-size: 0.9rem; }
.ways { list-style: none; margin: 0.25rem 0 0; padding: 0; }
.ways li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.25rem 1rem;
  min-height: 2.75rem; padding-block: 0.125rem; }
.ways li + li { border-top: 1px solid var(--line); }
.tick, .check { display: flex; gap: 0.75rem; align-items: center; cursor: pointer; min-height: 2.25rem; }
.check { align-items: flex-start; padding-block: 0.375rem; }
.check label { flex: 1; cursor: pointer; }
.check .hint { display: block; margin: 0; }
.check.last { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.25rem; }
.check.last label { font-weight: 600; }
input[type='checkbox'], input[type='radio'] { width: 1.5rem; height: 1.5rem; accent-color: var(--accent); margin: 0; flex: none;
  cursor: inherit; }
a { color: var(--accent); }
.refer { display: inline-block; min-height: 1.5rem; margin-inline-end: 1rem; }
.terms { border-top: 1px solid var(--line); padding-top: 0.5rem; }
details { margin-top: 0.25rem; }
summary { display: list-item; width: fit-content; min-height: 1.75rem; padding-block: 0.125rem; padding-inline-end: 0.25rem; cursor: pointer;
  color: var(--accent); font-size: 0.9rem; font-weight: 600; }
.fields { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; margin-top: 0.5rem; }
.field { display: block; font-size: 0.9rem; font-weight: 600; min-width: 0; max-width: 100%; }
select, .field input { font: inherit; font-weight: 400; padding: 0.375rem 0.625rem; min-height: 2.5rem; max-width: 100%;
  color: inherit; background: var(--paper); border: 1px solid var(--edge); border-radius: 0.5rem; }
.field select, .field input { display: block; margin-top: 0.25rem; font-size: 1rem; min-width: 9rem; }
.ways select { margin-inline-start: auto; font-size: 0.9rem; min-height: 2.25rem; }
.field input[aria-invalid='true'] { border: 2px solid var(--bad-edge); }
.wrong { margin: 0.5rem 0 0; color: var(--bad-edge); font-weight: 600; font-size: 0.9rem; }
button { font: inherit; font-weight: 600; padding: 0.625rem 1.5rem; min-height: 2.75rem; border-radius: 0.5rem; cursor: pointer;
  border: 2px solid var(--accent); background: var(--accent); color: var(--on-accent); margin-block-end: 0.75rem;
  margin-inline-end: 0.5rem; max-width: 100%; }
button:hover { background: var(--strong); border-color: var(--strong); }
button.quiet { background: transparent; color: var(--accent); }
.save { margin-top: 1rem; }
.save button { margin: 0; min-width: 10rem; }
@media (min-height: 36rem) {
  .save { position: sticky; bottom: 0; margin: 1rem -2rem -2rem; padding: 1rem 2rem; background: var(--paper);
    border-top: 1px solid var(--line); border-radius: 0 0 1rem 1rem; }
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 30rem) {
  header { padding: 1rem 1rem 0; }
  main { border-width: 1px 0; border-radius: 0; padding: 1.25rem 1rem; margin-block: 0.75rem 0; }
  h1 { font-size: 1.5rem; }
  .card { padding: 0.875rem 1rem; }
  .save { margin-inline: -1rem; padding-inline: 1rem; border-radius: 0; }
  .save button { width: 100%; }
}
`;
