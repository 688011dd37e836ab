/**
 * Prepares what GraphiQL finds in its storage when it starts: the tabs of the last visit, or the starters, and the
 * operation of a shared link.
 *
 * GraphiQL stores the tabs and the contents of the editors apart and opens one more tab whenever the two differ; its
 * `defaultTabs` also leaves the first tab's variables empty. Writing both from the active tab keeps them equal.
 */
import { storage } from './storage.js';

const TABS = 'graphiql:tabState';

function stored() {
  try {
    const state = JSON.parse(storage.getItem(TABS));
    return state?.tabs?.[state.activeTabIndex] ? state : null;
  } catch {
    return null; // not ours, or cut off: start afresh
  }
}

function tab({ query, variables }) {
  const name = /^(?!#).*(?:query|subscription|mutation)\s+(\w+)/m.exec(query)?.[1] ?? null;
  return {
    id: crypto.getRandomValues(new Uint32Array(4)).join('-'),
    title: name ?? '<untitled>',
    query,
    variables: variables || null,
    headers: null,
    operationName: name,
    response: null,
  };
}

/** Writes the tabs to start with; `shared` is `{ query, variables }` or null, `starters` a list of such. */
export function prepareTabs(shared, starters) {
  const state = stored() ?? { tabs: starters.map(tab), activeTabIndex: 0 };
  if (shared) {
    const same = ({ query, variables }) => query === shared.query && (variables ?? '') === shared.variables;
    const known = state.tabs.findIndex(same);
    state.activeTabIndex = known < 0 ? state.tabs.push(tab(shared)) - 1 : known;
  }
  const active = state.tabs[state.activeTabIndex];
  storage.setItem(TABS, JSON.stringify(state));
  storage.setItem('graphiql:query', active.query ?? '');
  storage.setItem('graphiql:variables', active.variables ?? '');
}
