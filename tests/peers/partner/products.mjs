// node products.mjs – a partner's subgraph on Mercurius and its own federation; subscriptions over
// graphql-transport-ws. Prints its address. Products as in Apollo's reference subgraph, and which titles they are of.
import { mercuriusFederationPlugin } from "@mercuriusjs/federation";
import fastify from "fastify";

const schema = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Product @key(fields: "id") @key(fields: "sku package") {
    id: ID!
    sku: String
    package: String
    dimensions: ProductDimension
    title: Title
  }
  type ProductDimension {
    size: String
    weight: Float
  }
  type Title @key(fields: "id") {
    id: ID!
    products: [Product!]!
  }
  type Query {
    product(id: ID!): Product
  }
  type Mutation {
    stock(title: ID!, sku: String!): Product!
  }
  type Subscription {
    stocked: Product!
  }
`;
const dimensions = { size: "small", weight: 1 };
const products = [{ id: "apollo-federation", sku: "federation", package: "@apollo/federation", dimensions }];
const resolvers = {
  Query: { product: (_, { id }) => products.find((product) => product.id === id) },
  Mutation: {
    stock: async (_, { title, sku }, { pubsub }) => {
      const product = { id: `p${products.length}`, sku, package: "disc", title: { __typename: "Title", id: title } };
      products.push(product);
      await pubsub.publish({ topic: "stocked", payload: { stocked: product } });
      return product;
    },
  },
  Subscription: { stocked: { subscribe: (_, __, { pubsub }) => pubsub.subscribe("stocked") } },
  Product: {
    __resolveReference: ({ id, sku, package: pack }) =>
      products.find((product) => product.id === id || (product.sku === sku && product.package === pack)),
  },
  Title: {
    __resolveReference: (reference) => reference,
    products: ({ id }) => products.filter((product) => product.title?.id === id),
  },
};
const app = fastify();
app.register(mercuriusFederationPlugin, { schema, resolvers, subscription: true });
console.log(`${await app.listen({ host: "127.0.0.1", port: 0 })}/graphql`);
