// Who signs in? No password is asked for: the page says that nothing here is real, and whoever can
// open it may be anybody.
import type { Answer } from '../answer.ts';
import { textOf, type Principal } from '../state/principal.ts';

const style = `:root{color-scheme:light dark}
body{font:15px/1.5 "Segoe UI",system-ui,sans-serif;margin:0;min-height:100vh;display:grid;
place-items:center;background:light-dark(#f2f2f2,#1b1b1f);color:light-dark(#1b1b1b,#eee)}
main{background:light-dark(#fff,#26262b);width:min(27rem,calc(100vw - 2rem));padding:2.5rem;
box-sizing:border-box;box-shadow:0 2px 12px #0003}
h1{font-size:1.45rem;font-weight:600;margin:.5rem 0}p{margin:.25rem 0 1rem}
.note{font-size:.85rem;color:light-dark(#605e5c,#b0b0b0)}
input{font:inherit;width:100%;box-sizing:border-box;padding:.4rem 0;border:0;
border-bottom:1px solid
#888;background:none;color:inherit}
ul{list-style:none;margin:1rem -1rem;padding:0;max-height:22rem;overflow:auto}
li button{all:unset;box-sizing:border-box;width:100%;padding:.5rem 1rem;cursor:pointer;
display:block}
li button:hover,li button:focus-visible{background:light-dark(#f2f2f2,#35353c)}
small{display:block;color:light-dark(#605e5c,#b0b0b0)}code{font-size:.9em}`;

export interface Choice {
  readonly appName: string;
  readonly company: string;
  readonly people: readonly Principal[];
  /** The request it belongs to, with its query. */
  readonly action: string;
  readonly wanted: string;
}

export function accountPage(choice: Choice): Answer {
  const rows = choice.people.map((person) => {
    const name = escape(textOf(person, 'displayName'));
    const address = escape(textOf(person, 'userPrincipalName'));
    return `<li><button name="account" value="${person.id}">${name}<small>${address}</small></button></li>`;
  });
  const hidden = [...new URLSearchParams(choice.action.split('?')[1])]
    .filter(([name]) => name !== 'who')
    .map(
      ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
    );
  return page(
    'Pick an account',
    `<p class="note">${escape(choice.company)}</p><h1>Pick an account</h1>
<p>to go on to ${escape(choice.appName)}</p>
<form method="get">${hidden.join('')}<input name="who" value="${escape(choice.wanted)}"
placeholder="Find somebody by name or address" aria-label="Find somebody" autofocus></form>
<form method="post" action="${escape(choice.action)}">
<ul>${rows.join('') || '<li>Nobody.</li>'}</ul></form>
<p class="note">An emulator: nobody here is real, and no password is asked for.</p>`,
  );
}

export function problemPage(status: number, code: number, message: string): Answer {
  return {
    ...page(
      'Sign-in error',
      `<h1>Sorry, but we’re having trouble signing you in.</h1>
<p>AADSTS${code}: ${escape(message)}</p>`,
    ),
    status,
  };
}

export function signedOutPage(): Answer {
  return page('Signed out', '<h1>You signed out of your account</h1><p>Close the window.</p>');
}

/** `response_mode=form_post`: the answer travels in a form that sends itself. */
export function formPost(url: string, fields: URLSearchParams): Answer {
  const inputs = [...fields].map(
    ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
  );
  return page(
    'Working…',
    `<form method="post" action="${escape(url)}">${inputs.join('')}<button>Continue</button></form>
<script>document.forms[0].submit()</script>`,
  );
}

function page(title: string, body: string): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'text/html;charset=utf-8', 'cache-control': 'no-store' },
    body: `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style>
<main>${body}</main></html>`,
  };
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
