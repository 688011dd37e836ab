/** One line of text for everybody, screen readers included: what just happened. */
const SHOWN_MS = 6000;

let current = '';
let timer;
const listeners = new Set();

function show(text) {
  clearTimeout(timer);
  current = text;
  for (const listener of listeners) listener();
}

/** Shows `text` for some seconds, or until the next one where it asks for something to be done (`lasting`). */
export function announce(text, { lasting = false } = {}) {
  show(text);
  if (!lasting) timer = setTimeout(show, SHOWN_MS, '');
}

/** For useSyncExternalStore: the text, '' for none. */
export const announcements = {
  get: () => current,
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
