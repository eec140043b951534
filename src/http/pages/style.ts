// How the public pages look: quiet, near to Microsoft 365, without a script and without a font of
// their own. Colours are Fluent 2's, light and dark (fluent2.microsoft.design/color); each pair of
// text and ground has a contrast of 4.5 at least.

export const style = `
:root {
  color-scheme: light dark;
  --ground: #f5f5f5; --card: #ffffff; --line: #e0e0e0; --field-line: #616161;
  --text: #242424; --soft: #616161;
  --brand: #0f6cbd; --brand-over: #115ea3; --brand-down: #0c3b5e; --on-brand: #ffffff;
  --link: #115ea3; --over: #f5f5f5; --down: #ebebeb;
  --bad: #b10e1c; --good: #0e700e; --good-ground: #f1faf1; --good-line: #9fd89f;
  --shadow: 0 0 2px rgb(0 0 0 / 12%), 0 4px 8px rgb(0 0 0 / 10%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #1f1f1f; --card: #292929; --line: #474747; --field-line: #adadad;
    --text: #ffffff; --soft: #c7c7c7;
    --brand: #115ea3; --brand-over: #0f6cbd; --brand-down: #0c3b5e; --on-brand: #ffffff;
    --link: #62abf5; --over: #333333; --down: #3d3d3d;
    --bad: #f1707b; --good: #9ad29a; --good-ground: #052505; --good-line: #107c10;
    --shadow: 0 0 2px rgb(0 0 0 / 24%), 0 4px 8px rgb(0 0 0 / 28%);
  }
  .logo { padding: 8px; border-radius: 4px; background: #ffffff; }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; padding: 24px 16px;
  display: flex; flex-direction: column; align-items: center;
  background: var(--ground); color: var(--text);
  font: 400 16px/1.5 'Segoe UI', 'Segoe UI Web (West European)', system-ui, -apple-system,
    BlinkMacSystemFont, Roboto, 'Helvetica Neue', sans-serif;
  -webkit-text-size-adjust: 100%;
}
main {
  width: 100%; max-width: 480px; margin: auto; padding: 32px;
  background: var(--card); border-radius: 8px; box-shadow: var(--shadow);
  overflow-wrap: anywhere;
}
main.wide { max-width: 640px; }
.logo { display: block; max-width: 100%; max-height: 72px; margin: 0 0 24px; }
h1 { margin: 0 0 12px; font-size: 24px; line-height: 32px; font-weight: 600; }
h2 { margin: 32px 0 4px; font-size: 16px; line-height: 24px; font-weight: 600; }
p { margin: 0 0 16px; }
p:last-child { margin-bottom: 0; }
.soft { color: var(--soft); font-size: 14px; line-height: 20px; }
form { margin: 20px 0 0; }
label { display: block; margin: 0 0 4px; font-size: 14px; line-height: 20px; font-weight: 600; }
input[type='email'] {
  display: block; width: 100%; min-height: 44px; padding: 8px 12px;
  border: 1px solid var(--line); border-bottom-color: var(--field-line); border-radius: 4px;
  background: var(--card); color: var(--text); font: inherit;
}
input[aria-invalid='true'] { border-color: var(--bad); }
.hint { margin: 4px 0 0; }
.wrong { margin: 4px 0 0; color: var(--bad); font-size: 14px; line-height: 20px; }
button {
  min-height: 44px; padding: 8px 20px;
  border: 1px solid transparent; border-radius: 4px;
  background: var(--brand); color: var(--on-brand);
  font: inherit; font-weight: 600; cursor: pointer;
}
button:hover { background: var(--brand-over); }
button:active { background: var(--brand-down); }
button.plain { border-color: var(--field-line); background: var(--card); color: var(--text); }
button.plain:hover { background: var(--over); }
button.plain:active { background: var(--down); }
input + button, p + button { margin-top: 16px; }
li button { min-height: 40px; padding: 4px 16px; font-size: 14px; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--text); outline-offset: 2px; border-radius: 4px; }
ul { list-style: none; margin: 24px 0 0; padding: 0; border-top: 1px solid var(--line); }
li {
  display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between;
  gap: 8px 16px; padding: 12px 0; border-bottom: 1px solid var(--line);
}
li div { flex: 1 1 200px; }
li strong, li .soft { display: block; }
li strong { font-weight: 600; }
li form, li button, input[type='hidden'] + button { margin: 0; }
.done {
  margin: 0 0 24px; padding: 8px 12px; border: 1px solid var(--good-line); border-radius: 4px;
  background: var(--good-ground); color: var(--good);
}
.apart { margin-top: 24px; padding-top: 24px; border-top: 1px solid var(--line); }
footer { padding: 24px 0 0; color: var(--soft); font-size: 12px; line-height: 16px; }
@media (max-width: 479px) {
  body { padding: 0; background: var(--card); }
  main { margin: 0; padding: 24px 20px; border-radius: 0; box-shadow: none; }
  form:not(li form) button { width: 100%; }
  footer { padding: 0 20px 24px; align-self: flex-start; }
}
@media (forced-colors: active) {
  main, button { border: 1px solid; }
}
`;
