// The graph of the single servers: the schema is printed by Python, the data is the same file.
import { readFileSync } from "node:fs";
import { GraphQLScalarType } from "graphql";

const { BENCH_SDL, BENCH_DATA } = process.env;
export const port = Number(process.argv[2]);
export const typeDefs = readFileSync(BENCH_SDL, "utf8");

const data = JSON.parse(readFileSync(BENCH_DATA, "utf8"));
for (const title of data.titles) title.updatedAt = new Date(title.updatedAt);
const titleById = new Map(data.titles.map((title) => [title.id, title]));

export const resolvers = {
  DateTime: new GraphQLScalarType({
    name: "DateTime",
    serialize: (instant) => instant.toISOString().replace(".000Z", "Z"),
  }),
  Query: {
    title: (_, { id }) => titleById.get(id) ?? null,
    titles: (_, { offset, first }) => data.titles.slice(offset, offset + first),
  },
  Title: {
    offers: ({ id }) => data.offers[id],
    credits: ({ id }, { first }) => data.credits[id].slice(0, first),
  },
};
