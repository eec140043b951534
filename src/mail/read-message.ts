// A message as it came over the wire (RFC 5322), read by postal-mime.
import PostalMime, { addressParser } from 'postal-mime';
import { MailError, type ReadMessage } from '../ports/mail.ts';

// A wish is a line. What is larger was not meant for us, and is not worth a parser's time.
const bytesMax = 1024 * 1024;

/** Reads a message. Throws MailError `too-large` or `unreadable`. */
export const readMessage: ReadMessage = async (raw) => {
  if (raw.length > bytesMax) {
    throw new MailError('too-large', `The message has more than ${bytesMax / 1024} kB.`);
  }
  try {
    const { subject, headers } = await PostalMime.parse(raw, {
      maxNestingDepth: 20,
      maxHeadersSize: 64 * 1024,
    });
    const addresses = (...names: readonly string[]): readonly string[] =>
      headers
        .filter(({ key }) => names.includes(key))
        .flatMap(({ value }) => addressParser(value, { flatten: true }))
        .flatMap(({ address }) => (address === undefined ? [] : [address]));
    return {
      from: addresses('from'),
      to: addresses('to', 'cc'),
      subject: subject ?? '',
      headers: headers.map(({ key, value }) => ({ name: key, value })),
    };
  } catch (error) {
    throw new MailError('unreadable', 'The message can’t be read as one.', { cause: error });
  }
};
