// Where everything is, for clients that ask. See "OpenID Connect on the Microsoft identity
// platform", section on the configuration document, and what MSAL reads as instance discovery.
import type { Answer, Asked } from '../answer.ts';
import type { SignIn } from './endpoint.ts';

export function configuration(signIn: SignIn, origin: string, tenant: string): object {
  const base = `${origin}/${tenant}`;
  const isAnyTenant = ['common', 'organizations'].includes(tenant.toLowerCase());
  // A domain name leads to the tenant's id; for any tenant the place is left open.
  const issuing = isAnyTenant ? '{tenantid}' : signIn.names.tenantId;
  return {
    issuer: `${origin}/${issuing}/v2.0`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: [
      'client_secret_post',
      'private_key_jwt',
      'client_secret_basic',
    ],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256', 'plain'],
    userinfo_endpoint: `${origin}/oidc/userinfo`,
    request_uri_parameter_supported: false,
    http_logout_supported: false,
    frontchannel_logout_supported: false,
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    claims_supported: [
      'sub',
      'iss',
      'aud',
      'exp',
      'iat',
      'nonce',
      'preferred_username',
      'name',
    ].concat(['tid', 'ver', 'oid', 'email', 'roles']),
    tenant_region_scope: 'EU',
    cloud_instance_name: new URL(origin).host,
    msgraph_host: new URL(origin).host,
  };
}

export function instanceDiscovery(signIn: SignIn, asked: Asked): Answer {
  const { host } = new URL(asked.origin);
  return {
    status: 200,
    body: {
      tenant_discovery_endpoint: `${asked.origin}/${signIn.names.tenantId}/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    },
  };
}
