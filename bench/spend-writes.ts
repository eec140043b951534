// Spends an app's quota of writes behind everybody's back, and the token that it takes.
import type { Emulator } from 'entra-emulator';

const origin = 'http://127.0.0.1:1';

export async function tokenOf(emulator: Emulator): Promise<string> {
  const answer = await emulator.fetch(
    new Request(`${origin}/${emulator.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: emulator.clientId,
        client_secret: emulator.clientSecret,
        scope: 'https://graph.microsoft.com/.default',
      }),
    }),
  );
  const { access_token } = (await answer.json()) as { access_token: string };
  return access_token;
}

export async function spendWrites(emulator: Emulator, count: number): Promise<void> {
  const token = await tokenOf(emulator);
  const group = emulator.tenant.addGroup({ displayName: 'Spent', mailNickname: 'spent' });
  for (let spent = 0; spent < count; spent += 20) {
    const requests = Array.from({ length: 20 }, (_, id) => ({
      id: String(id),
      method: 'PATCH',
      url: `/groups/${group.id}`,
      // As pressing as Muster's own calls: for more pressing ones a tenth of a limit would be kept.
      headers: { 'content-type': 'application/json', 'x-ms-throttle-priority': 'Low' },
      body: { description: `spent ${spent + id}` },
    }));
    await emulator.fetch(
      new Request(`${origin}/v1.0/$batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ requests }),
      }),
    );
  }
}
