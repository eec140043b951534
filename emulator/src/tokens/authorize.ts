// Signing people in: the page where they say who they are, and the way back to the app with a code.
// See "Microsoft identity platform and OAuth 2.0 authorization code flow" and "OpenID Connect on
// the Microsoft identity platform".
import type { Answer, Asked } from '../answer.ts';
import { textOf, type Principal } from '../state/principal.ts';
import { accountPage, formPost, problemPage, signedOutPage } from './account-page.ts';
import { isRedirectOf, type App } from './apps.ts';
import type { SignIn } from './endpoint.ts';
import { codeLifeMs } from './grants.ts';
import { SignInError } from './sign-in-error.ts';

const peopleShown = 60;

export function answerAuthorize(signIn: SignIn, asked: Asked): Answer {
  const url = new URL(asked.url, asked.origin);
  const form = new URLSearchParams(asked.method === 'POST' ? asked.body : '');
  const wish = new URLSearchParams([...form, ...url.searchParams]);
  try {
    const app = wishedApp(signIn, wish);
    const redirectUri = wish.get('redirect_uri') ?? '';
    if (!isRedirectOf(app, redirectUri)) {
      throw refusal(
        50011,
        `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${app.clientId}'.`,
      );
    }
    return goOn(signIn, asked, { app, wish, redirectUri });
  } catch (error) {
    // Nobody to send back to: the person is told.
    if (!(error instanceof SignInError)) throw error;
    return problemPage(error.status, error.code, error.message);
  }
}

interface Wish {
  readonly app: App;
  readonly wish: URLSearchParams;
  readonly redirectUri: string;
}

function wishedApp(signIn: SignIn, wish: URLSearchParams): App {
  const clientId = wish.get('client_id');
  if (clientId === null) {
    throw refusal(900144, "The request body must contain the following parameter: 'client_id'.");
  }
  const app = signIn.apps.find((each) => each.clientId === clientId.toLowerCase());
  if (app !== undefined) return app;
  throw refusal(
    700016,
    `Application with identifier '${clientId}' was not found in the directory '${signIn.names.displayName}'.`,
  );
}

function goOn(signIn: SignIn, asked: Asked, wished: Wish): Answer {
  const { wish } = wished;
  try {
    demandWish(wish);
    const account = wish.get('account');
    const hinted = wish.get('prompt') === 'none' ? hintedUser(signIn, wish) : undefined;
    if (account === null && hinted === undefined) return picker(signIn, asked, wished);
    const user = hinted ?? signIn.tenant.objects.get(account ?? '');
    return sentBack(wished, codeFor(signIn, wished, knownUser(user)));
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    return sentBack(wished, { error: error.error, error_description: error.text(signIn.clock) });
  }
}

function demandWish(wish: URLSearchParams): void {
  const type = wish.get('response_type');
  if (type === null) {
    throw refusal(
      900144,
      "The request body must contain the following parameter: 'response_type'.",
    );
  }
  if (type !== 'code') {
    throw refusal(700051, `response_type '${type}' is not enabled for the application.`);
  }
  const scopes = (wish.get('scope') ?? '').split(' ').filter((each) => each !== '');
  if (scopes.length === 0) {
    throw refusal(900144, "The request body must contain the following parameter: 'scope'.");
  }
  const method = wish.get('code_challenge_method') ?? 'plain';
  if (wish.has('code_challenge') && method !== 'S256' && method !== 'plain') {
    throw refusal(501491, `The code_challenge_method '${method}' is not supported.`);
  }
}

/** "prompt=none": without anybody signed in, only a hint says who it is. */
function hintedUser(signIn: SignIn, wish: URLSearchParams): Principal {
  const hint = wish.get('login_hint') ?? '';
  const user = signIn.tenant.userByAddress(hint);
  if (user !== undefined) return user;
  throw new SignInError(
    400,
    'login_required',
    50058,
    'A silent sign-in request was sent but no user is signed in.',
  );
}

function knownUser(user: Principal | undefined): Principal {
  if (user?.kind !== 'user' || user.status !== 'live') {
    throw refusal(50034, 'The user account does not exist in the directory.', 'invalid_grant');
  }
  if (user.props['accountEnabled'] !== false) return user;
  throw refusal(50057, 'The user account is disabled.', 'invalid_grant');
}

function codeFor(
  signIn: SignIn,
  { app, wish, redirectUri }: Wish,
  user: Principal,
): Record<string, string> {
  const code = `0.A${signIn.random.guid()}${signIn.random.guid()}`.replaceAll('-', '');
  signIn.grants.keep(signIn.grants.codes, code, {
    app,
    userId: user.id,
    scope: wish.get('scope') ?? '',
    nonce: wish.get('nonce') ?? undefined,
    redirectUri,
    challenge: wish.get('code_challenge') ?? undefined,
    isPlain: wish.get('code_challenge_method') !== 'S256',
    expiresAt: signIn.clock.now() + codeLifeMs,
    isRedeemed: false,
  });
  return { code, session_state: signIn.random.guid() };
}

function sentBack({ wish, redirectUri }: Wish, answer: Record<string, string>): Answer {
  const fields = new URLSearchParams(answer);
  const state = wish.get('state');
  if (state !== null) fields.set('state', state);
  const mode = wish.get('response_mode') ?? 'query';
  if (mode === 'form_post') return formPost(redirectUri, fields);
  const target = new URL(redirectUri);
  if (mode === 'fragment') target.hash = fields.toString();
  else for (const [name, value] of fields) target.searchParams.set(name, value);
  return { status: 302, headers: { location: target.href, 'cache-control': 'no-store' } };
}

function picker(signIn: SignIn, asked: Asked, { app, wish }: Wish): Answer {
  const wanted = wish.get('who') ?? wish.get('login_hint') ?? '';
  const folded = wanted.toLowerCase();
  const { items } = signIn.tenant.live.user.after(0, peopleShown, (user) => {
    if (user.props['accountEnabled'] === false) return false;
    return ['displayName', 'userPrincipalName', 'mail'].some((name) =>
      textOf(user, name).toLowerCase().includes(folded),
    );
  });
  return accountPage({
    appName: app.displayName,
    company: signIn.names.displayName,
    people: items,
    action: asked.url,
    wanted,
  });
}

export function answerLogout(signIn: SignIn, asked: Asked): Answer {
  const target = new URL(asked.url, asked.origin).searchParams.get('post_logout_redirect_uri');
  const isKnown = target !== null && signIn.apps.some((app) => isRedirectOf(app, target));
  return isKnown ? { status: 302, headers: { location: target } } : signedOutPage();
}

function refusal(code: number, message: string, error = 'invalid_request'): SignInError {
  return new SignInError(400, error, code, message);
}
