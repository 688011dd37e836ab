/**
 * Who is signed in as a demo user. Kept for this browser tab only (sessionStorage) and no longer than the access token
 * lives; the server offers demo users in development only.
 */
import { announce } from './announcements.js';
import { tabStorage } from './storage.js';
import { post } from './transport.js';

const KEY = 'session';
const LONGEST_TIMER = 2 ** 31 - 1; // milliseconds; browsers fire at once beyond it
const LOGIN = `mutation DemoSignIn($input: LoginInput!) {
  login(input: $input) { accessToken accessTokenExpiresAt }
}`;
const NOBODY = { state: 'anonymous', user: null, authorization: null };

let current = NOBODY;
let timer;
const listeners = new Set();

function change(next) {
  current = next;
  clearTimeout(timer);
  if (next.state === 'signed-in') {
    const left = next.expiresAt - Date.now();
    timer = setTimeout(expire, Math.min(Math.max(left, 0), LONGEST_TIMER));
    tabStorage.setItem(KEY, JSON.stringify(next));
  } else {
    tabStorage.removeItem(KEY);
  }
  for (const listener of listeners) listener();
}

function expire() {
  change(NOBODY);
  announce('The session has expired: sign in again.', { lasting: true });
}

/** For useSyncExternalStore: `{ state, user, authorization }` with state anonymous, signing-in or signed-in. */
export const session = {
  get: () => current,
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** Takes up the session this tab had before a reload, if one of the demo users still has it. */
export function restore(demoUsers) {
  const stored = JSON.parse(tabStorage.getItem(KEY) ?? 'null');
  const known = stored && demoUsers.some(({ email }) => email === stored.user.email);
  if (known && stored.expiresAt > Date.now()) change(stored);
  else tabStorage.removeItem(KEY);
}

/** Runs the login mutation; announces the outcome, good or bad. */
export async function signIn(endpoint, { email, password, displayName, about }) {
  change({ ...NOBODY, state: 'signing-in' });
  try {
    const { result, date } = await post(endpoint, { query: LOGIN, variables: { input: { email, password } } });
    const login = result.data?.login;
    if (!login) throw new Error(result.errors?.[0]?.message ?? 'the server sent no token');
    // measured on the server's clock, so that a wrong clock here does not end the session
    const lifetime = Date.parse(login.accessTokenExpiresAt) - (date ? Date.parse(date) : Date.now());
    change({
      state: 'signed-in',
      user: { email, displayName, about },
      authorization: `Bearer ${login.accessToken}`,
      expiresAt: Date.now() + lifetime,
    });
    announce(`Signed in as ${displayName}.`);
  } catch (error) {
    change(NOBODY);
    announce(`Could not sign in as ${displayName}: ${error.message}`, { lasting: true });
  }
}

/** Forgets the token. */
export function signOut() {
  change(NOBODY);
  announce('Signed out.');
}
