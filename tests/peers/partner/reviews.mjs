// node reviews.mjs – a partner's subgraph on GraphQL Yoga and Apollo's own buildSubgraphSchema; subscriptions as event
// streams (graphql-sse). Prints its address. It knows titles by their ids, and what people said of them.
import { createServer } from "node:http";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import { createPubSub, createYoga } from "graphql-yoga";

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])
  type Title @key(fields: "id") {
    id: ID!
    name: String! @external
    releaseYear: Int @external
    reviews: [Review!]!
    headline: String! @requires(fields: "name releaseYear")
  }
  type Review @key(fields: "id") {
    id: ID!
    title: Title!
    stars: Int!
    author: String!
  }
  type Query {
    reviewsOf(titles: [ID!]!): [Review!]!
    "The authorization this subgraph was sent."
    caller: String
  }
  type Mutation {
    review(title: ID!, stars: Int!, author: String!): Review!
  }
  type Subscription {
    reviewed(title: ID!): Review!
  }
`);
const pubSub = createPubSub();
const reviews = [];
const of = (title) => reviews.filter((review) => review.title.id === title);
const resolvers = {
  Title: {
    __resolveReference: (reference) => reference,
    reviews: ({ id }) => of(id),
    headline: ({ name, releaseYear }) => `${name} (${releaseYear}), reviewed`,
  },
  Review: { __resolveReference: ({ id }) => reviews.find((review) => review.id === id) },
  Query: {
    reviewsOf: (_, { titles }) => titles.flatMap(of),
    caller: (_, __, { request }) => request.headers.get("authorization"),
  },
  Mutation: {
    review: (_, { title, stars, author }) => {
      const review = { id: `r${reviews.length + 1}`, title: { id: title }, stars, author };
      reviews.push(review);
      pubSub.publish("reviewed", title, review);
      return review;
    },
  },
  Subscription: {
    reviewed: { subscribe: (_, { title }) => pubSub.subscribe("reviewed", title), resolve: (review) => review },
  },
};
const schema = buildSubgraphSchema([{ typeDefs, resolvers }]);
const server = createServer(createYoga({ schema, logging: false, maskedErrors: false }));
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/graphql`));
