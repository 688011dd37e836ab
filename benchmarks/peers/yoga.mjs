// node yoga.mjs PORT – GraphQL Yoga on node:http as its documentation starts it, without logging.
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { port, resolvers, typeDefs } from "./graph.mjs";

const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false });
createServer(yoga).listen(port, "127.0.0.1");
