// The letters that Muster writes: a few plain sentences, one link, and the same as simple HTML.
import type { Letter } from '../../ports/mail.ts';

interface Content {
  readonly heading: string;
  readonly paragraphs: readonly string[];
  readonly link: { readonly says: string; readonly url: string };
  /** Why they get this, in small type. */
  readonly footer: string;
}

type Written = Pick<Letter, 'subject' | 'text' | 'html'>;

/** Asks whoever reads this address whether they want to be on a list. */
export function confirmLetter(title: string, url: string): Written {
  return written(`Please confirm: ${title}`, {
    heading: `Subscribe to ${title}?`,
    paragraphs: [
      `Somebody, most likely you, asked for “${title}” to be sent to this address.`,
      'Follow the link and press the button there. It works once, and for three days.',
    ],
    link: { says: 'Confirm the subscription', url },
    footer: 'If it was not you, there is nothing to do: without your yes, nothing will be sent.',
  });
}

/** Tells somebody who asked for a list that they are on it. */
export function alreadyLetter(title: string, unsubscribeUrl: string): Written {
  return written(`You are subscribed to ${title}`, {
    heading: `You are subscribed to ${title}`,
    paragraphs: [
      `Somebody, most likely you, asked for “${title}” to be sent to this address. You have it already, so nothing was changed.`,
      'If you would rather not have it any more, here you can leave:',
    ],
    link: { says: 'Unsubscribe', url: unsubscribeUrl },
    footer: 'If it was not you, there is nothing to do.',
  });
}

/** Asks somebody who wrote to leave a list whether it was them: anybody can write a From. */
export function leaveLetter(title: string, unsubscribeUrl: string): Written {
  return written(`Please confirm: leave ${title}`, {
    heading: `Leave ${title}?`,
    paragraphs: [
      `A mail that bears your address asked to take you off “${title}”.`,
      'Anybody can put any address on a mail, so please follow the link and press the button there.',
    ],
    link: { says: 'Unsubscribe', url: unsubscribeUrl },
    footer: 'If it was not you, there is nothing to do: you stay on the list.',
  });
}

/** Gives somebody the way to their own lists. */
export function preferencesLetter(url: string): Written {
  return written('Your mailing lists', {
    heading: 'Your mailing lists',
    paragraphs: [
      'Somebody, most likely you, asked to see the lists that this address is on.',
      'The link shows them and lets you change them. It works for a day: keep it to yourself.',
    ],
    link: { says: 'See your lists', url },
    footer: 'If it was not you, there is nothing to do.',
  });
}

function written(subject: string, content: Content): Written {
  return { subject, text: asText(content), html: asHtml(content) };
}

function asText({ heading, paragraphs, link, footer }: Content): string {
  return [heading, ...paragraphs, `${link.says}:\n${link.url}`, footer, ''].join('\n\n');
}

/** Mail programs know no style sheets: what a part looks like stands in it. */
const looks = {
  button: [
    'display:inline-block;padding:10px 20px;border-radius:4px',
    'background:#0f6cbd;color:#ffffff;text-decoration:none;font-weight:600',
  ].join(';'),
  small: 'margin:0 0 16px;font-size:13px',
};

const font = "font-family:'Segoe UI',system-ui,-apple-system,Roboto,sans-serif";

function asHtml({ heading, paragraphs, link, footer }: Content): string {
  const url = escaped(link.url);
  const body = paragraphs.map((each) => `<p style="margin:0 0 16px">${escaped(each)}</p>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>${escaped(heading)}</title></head>
<body style="margin:0;padding:24px;${font};font-size:16px;line-height:1.5">
<div style="max-width:560px;margin:0 auto">
<h1 style="font-size:20px;font-weight:600;line-height:1.3;margin:0 0 16px">${escaped(heading)}</h1>
${body.join('\n')}
<p style="margin:24px 0"><a href="${url}" style="${looks.button}">${escaped(link.says)}</a></p>
<p style="${looks.small}">Or copy this address into your browser:<br>
<span style="word-break:break-all">${url}</span></p>
<p style="margin:0;font-size:13px;opacity:0.8">${escaped(footer)}</p>
</div></body></html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}
