// A certificate authority for one test run: what a company's own CA is to the programs it trusts.
import { issue, type Issued } from './self-signed.ts';

export interface TestAuthority {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A CA and a server certificate of its for 127.0.0.1 and localhost. */
export function testAuthority(): TestAuthority {
  const ca = issue({ name: 'Test CA', isAuthority: true });
  const server: Issued = issue({ name: 'localhost', issuer: { name: 'Test CA', ...ca } });
  const key = server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { ca: ca.pem, cert: server.pem, key };
}
