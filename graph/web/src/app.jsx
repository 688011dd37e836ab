/** The page: a header above GraphiQL, wired to the graph of this server. */
import { useRef, useState } from 'react';
import { GraphiQL } from 'graphiql';
import { ToolbarButton, useEditorContext } from '@graphiql/react';
import { announce } from './announcements.js';
import { examplesPane } from './examples-pane.jsx';
import { Header } from './header.jsx';
import { session } from './session.js';
import { share, unshare } from './share.js';
import { storage } from './storage.js';
import { createFetcher } from './transport.js';

const NEW_TAB = '# Ctrl+Space completes, Ctrl+Enter runs; the book on the left documents every field.\n';
const PLUGINS = [examplesPane];

function LinkIcon() {
  return (
    <svg className="graphiql-toolbar-icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5"
      strokeLinecap="round" aria-hidden="true">
      <path d="M10 14a4.5 4.5 0 0 0 6.4 0l3.2-3.2a4.5 4.5 0 0 0-6.4-6.4L12 5.6" />
      <path d="M14 10a4.5 4.5 0 0 0-6.4 0l-3.2 3.2a4.5 4.5 0 0 0 6.4 6.4L12 18.4" />
    </svg>
  );
}

function ShareButton() {
  const { queryEditor, variableEditor } = useEditorContext({ nonNull: true });
  async function onClick() {
    const address = share(queryEditor.getValue(), variableEditor.getValue());
    try {
      await navigator.clipboard.writeText(address);
      announce('Link copied.');
    } catch {
      announce('The link is in the address bar.'); // no clipboard without https or permission
    }
  }
  return <ToolbarButton onClick={onClick} label="Copy a link to this operation"><LinkIcon /></ToolbarButton>;
}

function describe({ state, events }) {
  const count = `${events} ${events === 1 ? 'event' : 'events'}`;
  if (state === 'connecting') return 'Connecting …';
  if (state === 'closed') return `Subscription ended after ${count}.`;
  return events === 0 ? 'Subscribed: waiting for the first event.' : `Subscribed: ${count}, the latest is shown.`;
}

/**
 * `endpoint` is a path of this origin; `demoUsers` = `[{ email, password, displayName, about }]`, may be empty;
 * `shared` is the operation of the page's address, or null.
 */
export function App({ endpoint, demoUsers, shared }) {
  const [status, setStatus] = useState(null);
  const tab = useRef(null);
  const [fetcher] = useState(() => createFetcher(endpoint, () => session.get().authorization, setStatus));
  const changed = expected => value => {
    if (shared && value !== expected) unshare();
  };
  // Also called for every edit; a subscription ends when its tab is left.
  function onTabChange({ tabs, activeTabIndex }) {
    const { id } = tabs[activeTabIndex];
    if (tab.current && tab.current !== id) setStatus(null);
    tab.current = id;
  }
  return (
    <>
      <Header endpoint={endpoint} demoUsers={demoUsers} />
      <main className="explorer">
        <GraphiQL
          fetcher={fetcher}
          storage={storage}
          defaultQuery={NEW_TAB}
          plugins={PLUGINS}
          inputValueDeprecation
          schemaDescription
          shouldPersistHeaders={false}
          onTabChange={onTabChange}
          onEditQuery={changed(shared?.query)}
          onEditVariables={changed(shared?.variables)}
        >
          <GraphiQL.Logo>{null}</GraphiQL.Logo>
          <GraphiQL.Toolbar>
            {({ prettify, merge, copy }) => <>{prettify}{merge}{copy}<ShareButton /></>}
          </GraphiQL.Toolbar>
          {status && (
            <GraphiQL.Footer>
              <p className={`subscription subscription-${status.state}`} role="status">{describe(status)}</p>
            </GraphiQL.Footer>
          )}
        </GraphiQL>
      </main>
    </>
  );
}
