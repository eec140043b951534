// Guests. See "Create invitation" and "Troubleshoot Microsoft Entra External ID".
import { GraphError, type Answer } from '../answer.ts';
import { textOf, type Principal } from '../state/principal.ts';
import { bodyOf, textIn, type Call } from './call.ts';
import { demandQuota, madeBy } from './principal-quota.ts';

/**
 * Not allowed in an invited address ("invitation resource type"), so `a+list@x` cannot be invited.
 */
const barred = /[~!#$%^&*()+=[\]{}\\/|;:"<>?,\s]/;
const address = /^(?![.-])([^@]*[^@.-])@(?![.-])([^@]+\.[^@.-]+)$/;

export function invite(call: Call): Answer {
  const body = bodyOf(call);
  const { tenant, clock } = call.world;
  const email = textIn(body, 'invitedUserEmailAddress');
  const redirect = textIn(body, 'inviteRedirectUrl');
  if (email === undefined) throw refusal('InvitedUserEmailAddress is required.');
  if (redirect === undefined || !URL.canParse(redirect))
    throw refusal('InviteRedirectUrl is required.');
  if (barred.test(email) || !address.test(email)) {
    throw refusal('The invited user email address is not valid.');
  }
  const [local = '', domain = ''] = email.split('@');
  demandWelcome(call, domain.toLowerCase());
  const existing = tenant.addresses.find(email);
  const guest = existing.find((each) => each.kind === 'user' && each.props['userType'] === 'Guest');
  if (guest !== undefined && call.world.settings.reinviteStatus === 400) refuseTaken([guest]);
  if (guest !== undefined) return invitation(call, body, guest);
  refuseTaken(existing);
  if ([tenant.names.domain, tenant.names.initialDomain].includes(domain.toLowerCase())) {
    throw refusal('The invited user has an email address in a verified domain of this directory.');
  }
  demandQuota(call);
  const isContact = existing.some((each) => each.kind === 'orgContact');
  const userPrincipalName = `${local}_${domain}#EXT#@${tenant.names.initialDomain}`;
  const user = tenant.addUser({
    displayName: textIn(body, 'invitedUserDisplayName') ?? local,
    mail: email,
    userPrincipalName,
    mailNickname: `${local}_${domain}#EXT#`,
    accountEnabled: true,
    userType: textIn(body, 'invitedUserType') ?? 'Guest',
    creationType: 'Invitation',
    externalUserState: 'PendingAcceptance',
    externalUserStateChangeDateTime: clock.iso(),
    identities: [
      {
        signInType: 'userPrincipalName',
        issuer: tenant.names.initialDomain,
        issuerAssignedId: userPrincipalName,
      },
    ],
    otherMails: [email],
    // A contact with the address keeps it: the guest is made without a proxy address.
    proxyAddresses: isContact ? [] : [`SMTP:${email}`],
    showInAddressList: false,
    [madeBy]: call.app.clientId,
  });
  return invitation(call, body, user);
}

/**
 * What the tenant's "External collaboration settings" and cross-tenant settings leave of inviting.
 * The texts are those of the support pages; status and code of a domain's refusal are not
 * published.
 */
function demandWelcome(call: Call, domain: string): void {
  const { guestInvitations, invitationAllowDomains, invitationBlockDomains } = call.world.settings;
  if (guestInvitations === 'refused') {
    throw new GraphError(
      403,
      'Forbidden',
      'Guest invitations not allowed for your company. Contact your company administrator for more details.',
    );
  }
  const isAllowed = invitationAllowDomains.length === 0 || invitationAllowDomains.includes(domain);
  if (isAllowed && !invitationBlockDomains.includes(domain)) return;
  throw refusal(
    'This invitation is blocked by cross-tenant access settings. Admin may have to configure cross-tenant access settings to allow this invitation.',
  );
}

function refuseTaken(existing: readonly Principal[]): void {
  for (const each of existing) {
    if (each.kind === 'group') throw refusal('Group email address is not supported.');
    if (each.kind !== 'user') continue;
    if (each.props['accountEnabled'] === false) {
      throw refusal(
        `The invited user already exists in the directory as object ID: ${each.id}, but the account is blocked from signing in.`,
      );
    }
    throw refusal(
      `The invited user already exists in the directory as object ID: ${each.id}. They can use that account to sign in to shared apps and resources.`,
    );
  }
}

function invitation(call: Call, body: Record<string, unknown>, user: Principal): Answer {
  const id = call.world.random.guid();
  return {
    status: 201,
    body: {
      '@odata.context': `${call.root}/$metadata#invitations/$entity`,
      id,
      inviteRedeemUrl: `${call.asked.origin}/redeem?rd=${id}`,
      invitedUserDisplayName: textOf(user, 'displayName'),
      invitedUserType: textOf(user, 'userType'),
      invitedUserEmailAddress: textIn(body, 'invitedUserEmailAddress'),
      sendInvitationMessage: body['sendInvitationMessage'] === true,
      resetRedemption: false,
      inviteRedirectUrl: textIn(body, 'inviteRedirectUrl'),
      status: user.props['externalUserState'] === 'Accepted' ? 'Completed' : 'PendingAcceptance',
      invitedUserMessageInfo: {
        messageLanguage: null,
        ccRecipients: [{ emailAddress: { name: null, address: null } }],
        customizedMessageBody: null,
      },
      invitedUser: { id: user.id },
    },
  };
}

function refusal(message: string): GraphError {
  return new GraphError(400, 'BadRequest', message);
}
