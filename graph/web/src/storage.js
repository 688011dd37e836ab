/**
 * What the page remembers: under its own prefix, so that other GraphiQL pages of the same host and port keep their tabs
 * apart, and in memory only where the browser refuses to store anything.
 */
const PREFIX = 'media-gateway:';

function area(name) {
  try {
    return window[name]; // the access itself throws when storing is refused
  } catch {
    return null;
  }
}

/** The interface GraphiQL expects of a storage, over `localStorage` or `sessionStorage`. */
function open(name) {
  const stored = area(name);
  const items = new Map();
  const keys = () => Object.keys(stored ?? Object.fromEntries(items)).filter(key => key.startsWith(PREFIX));
  const removeKey = key => (stored ? stored.removeItem(key) : items.delete(key));
  return {
    getItem: key => (stored ? stored.getItem(PREFIX + key) : (items.get(PREFIX + key) ?? null)),
    setItem: (key, value) => (stored ? stored.setItem(PREFIX + key, value) : items.set(PREFIX + key, value)),
    removeItem: key => removeKey(PREFIX + key),
    clear: () => keys().forEach(removeKey),
    get length() {
      return keys().length;
    },
  };
}

/** Kept over visits: tabs, history, theme, sizes; never a token. */
export const storage = open('localStorage');

/** Kept while this browser tab is open. */
export const tabStorage = open('sessionStorage');
