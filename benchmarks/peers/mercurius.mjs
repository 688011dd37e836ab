// node mercurius.mjs PORT [--jit] – Mercurius on Fastify; with --jit, operations are compiled when first seen.
import Fastify from "fastify";
import mercurius from "mercurius";
import { port, resolvers, typeDefs } from "./graph.mjs";

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, path: "/graphql", jit: process.argv.includes("--jit") ? 1 : 0 });
await app.listen({ host: "127.0.0.1", port });
