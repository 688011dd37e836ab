/** Queries and mutations over HTTP, subscriptions over WebSocket (graphql-transport-ws), both at one path. */
import { createClient } from 'graphql-ws';
import { getOperationAST, parse } from 'graphql';

const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

/**
 * POSTs one operation and returns the response map with the response's `Date` (or null) beside it. Throws an Error that
 * says what came instead when the answer is no GraphQL response, such as a proxy's error page.
 */
export async function post(endpoint, params, headers = {}) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: ACCEPT, ...headers },
    body: JSON.stringify(params),
    credentials: 'same-origin',
  });
  const text = await response.text();
  try {
    return { result: JSON.parse(text), date: response.headers.get('date') };
  } catch {
    const start = text.trim().slice(0, 200) || 'an empty body';
    throw new Error(`HTTP ${response.status} ${response.statusText}: not a GraphQL response but ${start}`);
  }
}

/** ws: for http:, wss: for https:, same host and path. */
function socketAddress(endpoint) {
  const address = new URL(endpoint, window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address.href;
}

/** A response map that says what went wrong; GraphiQL would show a thrown Error with its stack. */
const failed = message => ({ errors: [{ message }] });

/** What a subscription ended with – GraphQL errors, a close event (RFC 6455, section 7.4), an Error – as a result. */
function ending(error) {
  if (Array.isArray(error)) return { errors: error };
  if (!(error instanceof CloseEvent)) return failed(error?.message ?? 'The socket could not be opened.');
  if (error.code === 1006) return failed('The connection was lost, or never came about (1006).');
  return failed(`The server closed the connection: ${error.code} ${error.reason}`.trim());
}

/**
 * Opens a socket for one subscription; `headers` become the payload of connection_init. `onStatus` hears `{ state,
 * events }` with the state connecting, open or closed (by the server) and the events so far, and null when the reader
 * stops it. It never reconnects by itself: events could be missed unseen.
 */
function subscribe(endpoint, params, headers, onStatus) {
  const client = createClient({
    url: socketAddress(endpoint),
    connectionParams: headers,
    retryAttempts: 0,
    keepAlive: 15_000,
    on: {
      connecting: () => onStatus({ state: 'connecting', events: 0 }),
      connected: () => onStatus({ state: 'open', events: 0 }),
    },
  });
  const events = client.iterate(params);
  let count = 0;
  const close = async status => {
    onStatus(status);
    await client.dispose();
  };
  const ended = () => close({ state: 'closed', events: count });
  // An async generator would keep return() waiting for the next event; this ends at once.
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const step = await events.next();
        if (step.done) {
          await ended();
        } else {
          count += 1;
          onStatus({ state: 'open', events: count });
        }
        return step;
      } catch (error) {
        await ended();
        return { done: false, value: ending(error) };
      }
    },
    async return() {
      const step = await events.return();
      await close(null);
      return step;
    },
  };
}

/**
 * The operation to run, or null where the server should say what is wrong with the document. What GraphiQL knows of a
 * tab just opened is a moment old, so the text decides, and a name it does not have counts only among several.
 */
function operationOf({ query, operationName }) {
  try {
    const document = parse(query);
    return getOperationAST(document, operationName) ?? getOperationAST(document);
  } catch {
    return null;
  }
}

/**
 * The fetcher GraphiQL calls. `authorization()` gives the signed-in user's header value or null; a header of the same
 * name in the headers editor wins. `onStatus` hears how the latest subscription is doing, null for anything else.
 */
export function createFetcher(endpoint, authorization, onStatus) {
  let latest = 0;
  return async (asked, { headers: edited = {} } = {}) => {
    const headers = { ...edited };
    const token = authorization();
    const named = Object.keys(headers).some(name => name.toLowerCase() === 'authorization');
    if (token && !named) headers.Authorization = token;
    const operation = operationOf(asked);
    const params = operation ? { ...asked, operationName: operation.name?.value } : asked;
    if (operation?.operation === 'subscription') {
      latest += 1;
      const own = latest;
      return subscribe(endpoint, params, headers, status => own === latest && onStatus(status));
    }
    if (params.operationName !== 'IntrospectionQuery') {
      latest += 1;
      onStatus(null);
    }
    try {
      return (await post(endpoint, params, headers)).result;
    } catch (error) {
      return failed(error.message);
    }
  };
}
