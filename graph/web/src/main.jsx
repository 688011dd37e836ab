/** Entry: asks the server what to offer (/config.json), then shows the explorer. */
import 'graphiql/style.css';
import './page.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.jsx';
import { STARTER_TABS } from './examples.js';
import { restore } from './session.js';
import { sharedOperation } from './share.js';
import { prepareTabs } from './tabs.js';

const root = createRoot(document.getElementById('page'));
try {
  const response = await fetch('/config.json', { headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`/config.json answered HTTP ${response.status}`);
  const { endpoint, demoUsers } = await response.json();
  restore(demoUsers);
  const shared = sharedOperation();
  prepareTabs(shared, STARTER_TABS);
  root.render(<App endpoint={endpoint} demoUsers={demoUsers} shared={shared} />);
} catch (error) {
  root.render(
    <p className="notice" role="alert">The explorer could not start: {error.message}. Reload to try again.</p>,
  );
}
