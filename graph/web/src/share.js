/** Links to an operation: `?query=` and `?variables=`. Headers, and so tokens, are never part of one. */

/** The operation of the page's address, `{ query, variables }`, or null. It is shown, never run by itself. */
export function sharedOperation() {
  const parameters = new URLSearchParams(window.location.search);
  const query = parameters.get('query');
  return query ? { query, variables: parameters.get('variables') ?? '' } : null;
}

/** Puts the operation into the page's address and returns that address. */
export function share(query, variables) {
  const address = new URL(window.location.pathname, window.location.href);
  address.searchParams.set('query', query);
  if (variables?.trim()) address.searchParams.set('variables', variables);
  window.history.replaceState(null, '', address);
  return address.href;
}

/** Takes the operation out of the address once it is no longer what the editor shows. */
export function unshare() {
  if (window.location.search) window.history.replaceState(null, '', window.location.pathname);
}
