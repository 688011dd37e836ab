// node compose.mjs supergraph.yaml > schema.graphql – rover's recipe in, supergraph SDL out; errors with their codes.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";
import { parse as parseYaml } from "yaml";

const recipe = process.argv[2];
const { subgraphs } = parseYaml(readFileSync(recipe, "utf8"));
const services = Object.entries(subgraphs).map(([name, { routing_url: url, schema }]) => {
  try {
    return { name, url, typeDefs: parse(readFileSync(resolve(dirname(recipe), schema.file), "utf8")) };
  } catch (error) {
    const { line, column } = error.locations?.[0] ?? {};
    console.error(`INVALID_GRAPHQL: [${name}] ${error.message}${line ? ` (${schema.file}:${line}:${column})` : ""}`);
    process.exit(1);
  }
});
const { errors = [], supergraphSdl } = composeServices(services);
for (const error of errors) console.error(`${error.extensions?.code ?? "COMPOSITION_ERROR"}: ${error.message}`);
if (!supergraphSdl || errors.length) process.exit(1);
process.stdout.write(`${supergraphSdl.trim()}\n`);
