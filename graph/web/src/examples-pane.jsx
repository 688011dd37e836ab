/** A pane of GraphiQL's sidebar that opens example operations in new tabs. */
import { flushSync } from 'react-dom';
import { useEditorContext } from '@graphiql/react';
import { GROUPS } from './examples.js';

function Icon(props) {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round"
      strokeLinejoin="round" {...props}>
      <path d="M4 6h2M4 12h2M4 18h2M10 6h10M10 12h10M10 18h10" />
    </svg>
  );
}

function Examples() {
  const { addTab, queryEditor, variableEditor, headerEditor } = useEditorContext({ nonNull: true });
  function open({ query, variables }) {
    flushSync(addTab); // the editors show the new tab once this returns
    queryEditor.setValue(query);
    variableEditor.setValue(variables ?? '');
    headerEditor?.setValue('');
    queryEditor.focus();
  }
  return (
    <section className="examples" aria-label="Examples">
      <h2>Examples</h2>
      {GROUPS.map(({ name, examples }) => (
        <div key={name}>
          <h3>{name}</h3>
          <ul>
            {examples.map(example => (
              <li key={example.title}>
                <button type="button" onClick={() => open(example)}>
                  {example.title}
                  {example.signedIn && <small> needs sign-in</small>}
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

/** The plugin object, to be passed by reference. */
export const examplesPane = { title: 'Examples', icon: Icon, content: Examples };
