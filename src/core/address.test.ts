import { domainToASCII } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { domainOf, parseAddress } from './address.ts';

function keyOf(text: string): string {
  const parsed = parseAddress(text, domainToASCII);
  return parsed.kind === 'address' ? parsed.address.key : `malformed: ${parsed.why}`;
}

function whyOf(text: string): string | null {
  const parsed = parseAddress(text, domainToASCII);
  return parsed.kind === 'malformed' ? parsed.why : null;
}

describe('an address', () => {
  test.each([
    ['is kept as it is when it is plain', 'ann@example.com', 'ann@example.com'],
    ['is compared in lower case', 'Ann.Lee@Example.COM', 'ann.lee@example.com'],
    ['loses the space around it', ' \t ann@example.com\u00a0\n', 'ann@example.com'],
    ['keeps its plus', 'Ann+News@example.com', 'ann+news@example.com'],
    ['may have a full-width @', 'ann＠example.com', 'ann@example.com'],
    ['may be full-width as a whole', 'ＡＮＮ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ann@example.com'],
    ['has its domain in ASCII', 'ann@münchen.de', 'ann@xn--mnchen-3ya.de'],
    ['has its domain in ASCII, upper case too', 'ann@MÜNCHEN.de', 'ann@xn--mnchen-3ya.de'],
    ['may come with its domain in ASCII', 'ann@XN--mnchen-3ya.de', 'ann@xn--mnchen-3ya.de'],
    ['keeps a sharp s apart from ss', 'ann@faß.de', 'ann@xn--fa-hia.de'],
    ['may have an ideographic full stop', 'ann@例え。jp', 'ann@xn--r8jz45g.jp'],
    ['loses a soft hyphen in its domain', 'ann@exam\u00adple.com', 'ann@example.com'],
    ['composes what was typed apart', 'zoe\u0308@example.com', 'zoë@example.com'],
    ['may have an apostrophe', "Pat.O'Neil@example.com", "pat.o'neil@example.com"],
    ['may have many subdomains', 'ann@a.b.c.example.com', 'ann@a.b.c.example.com'],
    ['may have digits anywhere', '7@9.4u-2b.x9.8s9t8', '7@9.4u-2b.x9.8s9t8'],
    ['may have 64 characters before the @', `${'a'.repeat(64)}@x.com`, `${'a'.repeat(64)}@x.com`],
  ])('%s', (_, text, key) => {
    expect(keyOf(text)).toBe(key);
  });

  test('keeps its spelling for showing', () => {
    expect(parseAddress('  Ann@MÜNCHEN.de ', domainToASCII)).toEqual({
      kind: 'address',
      address: { key: 'ann@xn--mnchen-3ya.de', spelling: 'Ann@MÜNCHEN.de' },
    });
  });

  test('with a plus is another address than the one without', () => {
    expect(keyOf('ann+news@example.com')).not.toBe(keyOf('ann@example.com'));
  });

  test('may be 254 characters long, and not one more', () => {
    const domain = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.com`;
    const local = 'l'.repeat(254 - domain.length - 1);
    expect(keyOf(`${local}@${domain}`)).toHaveLength(254);
    expect(whyOf(`${local}l@${domain}`)).toBe('it is longer than 254 characters');
  });

  test('has the domain that stands after its @', () => {
    expect(domainOf(keyOf('ann@MÜNCHEN.de'))).toBe('xn--mnchen-3ya.de');
  });
});

describe('is malformed', () => {
  const domain = 'what stands after the @ is not a domain';
  const character = 'a character before the @ is not allowed';
  const dot = 'a dot before the @ is out of place';

  test.each([
    ['', 'it is empty'],
    [' \t\n', 'it is empty'],
    ['ann', 'it has no @'],
    ['ann.example.com', 'it has no @'],
    ['@example.com', 'nothing stands before the @'],
    ['ann@lee@example.com', 'it has more than one @'],
    ['ann＠lee@example.com', 'it has more than one @'],
    [`${'a'.repeat(65)}@example.com`, 'more than 64 characters stand before the @'],
    ['ann lee@example.com', character],
    ['ann,lee@example.com', character],
    ['ann;lee@example.com', character],
    ['ann:lee@example.com', character],
    ['Ann <ann@example.com', character],
    ['ann>@example.com', character],
    ['ann(work)@example.com', character],
    ['[ann]@example.com', character],
    ['"ann"@example.com', character],
    ['ann\\lee@example.com', character],
    ['ann\u0000@example.com', character],
    ['ann\u007f@example.com', character],
    ['an\u200bn@example.com', character],
    ['\u202eann@example.com', character],
    ['an\u00adn@example.com', character],
    ['ann\ud800@example.com', character],
    ['.ann@example.com', dot],
    ['ann.@example.com', dot],
    ['ann..lee@example.com', dot],
    ['ann@', domain],
    ['ann@localhost', domain],
    ['ann@example..com', domain],
    ['ann@.example.com', domain],
    ['ann@example.com.', domain],
    ['ann@-example.com', domain],
    ['ann@example-.com', domain],
    ['ann@under_score.com', domain],
    ['ann@exam ple.com', domain],
    ['ann@exam\tple.com', domain],
    ['ann@example.com>', domain],
    ['ann@[127.0.0.1]', domain],
    ['ann@127.0.0.1', domain],
    ['ann@example.com:25', domain],
    ['ann@example.com/inbox', domain],
    ['ann@example.com?subject=hello', domain],
    ['ann@example.com#work', domain],
    ['ann@ex%61mple.com', domain],
    [`ann@${'a'.repeat(64)}.com`, domain],
    [`ann@${'a.'.repeat(126)}com`, domain],
    ['ann@\u00ad', domain],
  ])('%j', (text, why) => {
    expect(whyOf(text)).toBe(why);
  });
});

test('a domain is looked at whatever wrote it in ASCII', () => {
  const asItIs = (domain: string): string => domain;
  for (const label of ['a'.repeat(64), 'a_b', 'é', '-a', 'a-', '']) {
    expect(parseAddress(`ann@${label}.com`, asItIs).kind).toBe('malformed');
    expect(parseAddress(`ann@example.${label}`, asItIs).kind).toBe('malformed');
  }
  expect(parseAddress(`ann@${'a'.repeat(63)}.com`, asItIs).kind).toBe('address');
});

describe('folding', () => {
  const local = fc.stringMatching(/^[a-z0-9+_'-]{1,12}$/);
  const domain = fc.constantFrom('example.com', 'münchen.de', 'faß.de', 'пример.рф', '例え.jp');

  test('is done once: the key of a key is the key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 12 }), domain, (name, at) => {
        const parsed = parseAddress(`${name}@${at}`, domainToASCII);
        if (parsed.kind === 'address') expect(keyOf(parsed.address.key)).toBe(parsed.address.key);
      }),
      { numRuns: 2_000 },
    );
  });

  test('makes no difference of letter case', () => {
    fc.assert(
      fc.property(local, domain, fc.infiniteStream(fc.boolean()), (name, at, isUpper) => {
        const typed = Array.from(`${name}@${at}`, (letter) =>
          isUpper.next().value === true && letter !== 'ß' ? letter.toUpperCase() : letter,
        );
        expect(keyOf(typed.join(''))).toBe(keyOf(`${name}@${at}`));
      }),
    );
  });

  test('never makes two plain addresses one', () => {
    fc.assert(
      fc.property(local, local, (one, other) => {
        expect(keyOf(`${one}@example.com`) === keyOf(`${other}@example.com`)).toBe(one === other);
      }),
    );
  });

  test('reads anything at all without failing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(['address', 'malformed']).toContain(parseAddress(text, domainToASCII).kind);
      }),
    );
  });
});
