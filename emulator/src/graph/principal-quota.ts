// "A nonadmin user or service principal can create no more than 250 objects": binned ones count.
// See "Microsoft Entra service limits and restrictions". Whether it binds applications is
// unsettled, so it is a switch.
import { GraphError } from '../answer.ts';
import type { Call } from './call.ts';

/** The emulator's own mark on what an app made. */
export const madeBy = 'createdByAppId';

export function demandQuota(call: Call): void {
  const { settings, tenant } = call.world;
  if (settings.principalQuota === 0) return;
  let count = 0;
  for (const each of tenant.objects.values()) {
    if (each.status !== 'gone' && each.props[madeBy] === call.app.clientId) count += 1;
  }
  if (count < settings.principalQuota) return;
  throw new GraphError(
    403,
    'Directory_QuotaExceeded',
    'The directory object quota limit for the Principal has been exceeded. Please ask your administrator to increase the quota limit or delete objects to reduce the used quota.',
  );
}
