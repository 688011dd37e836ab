/** The page's header: name, links, and the demo sign-in. */
import { useSyncExternalStore } from 'react';
import { DropdownMenu } from '@graphiql/react';
import { announce, announcements } from './announcements.js';
import { session, signIn, signOut } from './session.js';

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#3949ab" />
      <path d="M8 8 16 16 8 24M24 8 16 16 24 24" fill="none" stroke="#c5cae9" strokeWidth="2" />
      <circle cx="16" cy="16" r="6.5" fill="#fff" />
      <path d="M14 12.7v6.6l5.4-3.3z" fill="#3949ab" />
    </svg>
  );
}

function DemoSignIn({ endpoint, demoUsers, busy }) {
  const label = busy ? 'Signing in …' : 'Demo sign-in';
  if (demoUsers.length === 1) {
    const [user] = demoUsers;
    return (
      <button type="button" className="action" disabled={busy} title={`${user.displayName}: ${user.about}`}
        onClick={() => signIn(endpoint, user)}>
        {label}
      </button>
    );
  }
  return (
    <DropdownMenu>
      <DropdownMenu.Button className="action" disabled={busy}>{label}<Chevron /></DropdownMenu.Button>
      <DropdownMenu.Content align="end" className="menu">
        {demoUsers.map(user => (
          <DropdownMenu.Item key={user.email} className="user" onSelect={() => signIn(endpoint, user)}>
            <b>{user.displayName}</b>
            <span>{user.about}</span>
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}

const Chevron = () => <svg className="chevron" viewBox="0 0 10 6" aria-hidden="true"><path d="m1 1 4 4 4-4" /></svg>;

function SignedIn({ user, authorization }) {
  async function copy() {
    try {
      await navigator.clipboard.writeText(JSON.stringify({ Authorization: authorization }, null, 2));
      announce('Header copied: paste it into the headers of another tool.');
    } catch {
      announce('The browser did not allow copying.');
    }
  }
  return (
    <DropdownMenu>
      <DropdownMenu.Button className="action signed-in" aria-label={`Signed in as ${user.displayName}`}>
        <span className="dot" aria-hidden="true" />
        <span className="name">{user.displayName}</span>
        <Chevron />
      </DropdownMenu.Button>
      <DropdownMenu.Content align="end" className="menu">
        <p className="about">
          <b>{user.displayName}</b>
          <span>{user.email}</span>
          <span>Sent with every request and subscription, unless the headers editor names its own Authorization.</span>
        </p>
        {navigator.clipboard && <DropdownMenu.Item onSelect={copy}>Copy the Authorization header</DropdownMenu.Item>}
        <DropdownMenu.Item onSelect={signOut}>Sign out</DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}

/** `demoUsers` may be empty: then nobody can sign in here. */
export function Header({ endpoint, demoUsers }) {
  const { state, user, authorization } = useSyncExternalStore(session.subscribe, session.get);
  const announcement = useSyncExternalStore(announcements.subscribe, announcements.get);
  return (
    <header className="header">
      <h1><Mark />Media Gateway</h1>
      <nav aria-label="This graph">
        <a href="/schema.graphql">SDL</a>
        <a href="/health/ready">Health</a>
        <a href="/static/THIRD-PARTY-NOTICES.txt">Licences</a>
      </nav>
      <p className="message" role="status">{announcement}</p>
      {state === 'signed-in' && <SignedIn user={user} authorization={authorization} />}
      {state !== 'signed-in' && demoUsers.length > 0 && (
        <DemoSignIn endpoint={endpoint} demoUsers={demoUsers} busy={state === 'signing-in'} />
      )}
    </header>
  );
}
