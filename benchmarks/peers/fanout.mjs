// node fanout.mjs PORT – graphql-ws on ws, as its documentation starts it; GET /publish sends one event to everybody.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { useServer } from "graphql-ws/use/ws";
import { createPubSub, createSchema } from "graphql-yoga";
import { WebSocketServer } from "ws";

const event = JSON.parse(readFileSync(process.env.BENCH_EVENT, "utf8"));
let revision = Number(event.revision);
const pubSub = createPubSub();
const schema = createSchema({
  typeDefs: readFileSync(process.env.BENCH_SDL, "utf8"),
  resolvers: { Subscription: { pulse: { subscribe: () => pubSub.subscribe("pulse"), resolve: (pulse) => pulse } } },
});
const server = createServer((request, response) => {
  pubSub.publish("pulse", { ...event, revision: String(revision++) });
  response.writeHead(204).end();
});
useServer({ schema }, new WebSocketServer({ server, path: "/graphql" }));
server.listen(Number(process.argv[2]), "127.0.0.1");
