// Hive Gateway as it is measured against ours: the same subgraphs, the same headers sent on, errors unmasked.
export const gatewayConfig = {
  maskedErrors: false,
  graphiql: false,
  landingPage: false,
  logging: "error",
  polling: 0,
  propagateHeaders: {
    fromClientToSubgraphs({ request }) {
      const sent = {};
      for (const name of ["authorization", "traceparent"]) {
        const value = request.headers.get(name);
        if (value) sent[name] = value;
      }
      return sent;
    },
  },
};
