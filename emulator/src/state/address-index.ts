// Every address of every living object, folded, so that resolving an address costs one look
// instead of a walk through the directory.
import { listOf, textOf, type Principal } from './principal.ts';

function addressesOf(principal: Principal): Set<string> {
  const found = new Set<string>();
  const add = (address: string): void => {
    if (address !== '') found.add(address.toLowerCase());
  };
  add(textOf(principal, 'mail'));
  add(textOf(principal, 'userPrincipalName'));
  for (const proxy of listOf(principal, 'proxyAddresses')) add(proxy.replace(/^smtp:/i, ''));
  for (const other of listOf(principal, 'otherMails')) add(other);
  return found;
}

export class AddressIndex {
  // One object per address is the rule; the set is for the exceptions, and saves memory otherwise.
  #entries = new Map<string, Principal | Set<Principal>>();

  add(principal: Principal): void {
    for (const address of addressesOf(principal)) {
      const entry = this.#entries.get(address);
      if (entry === undefined) this.#entries.set(address, principal);
      else if (entry instanceof Set) entry.add(principal);
      else if (entry !== principal) this.#entries.set(address, new Set([entry, principal]));
    }
  }

  delete(principal: Principal): void {
    for (const address of addressesOf(principal)) {
      const entry = this.#entries.get(address);
      if (entry === principal) this.#entries.delete(address);
      else if (entry instanceof Set) {
        entry.delete(principal);
        const [only] = entry;
        if (entry.size === 1 && only !== undefined) this.#entries.set(address, only);
      }
    }
  }

  find(address: string): Principal[] {
    const entry = this.#entries.get(address.toLowerCase());
    if (entry === undefined) return [];
    return entry instanceof Set ? [...entry] : [entry];
  }
}
