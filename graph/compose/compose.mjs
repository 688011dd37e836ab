// node compose.mjs supergraph.yaml [NAME…] > schema.graphql – rover's recipe in, supergraph SDL out. The subgraphs of
// the names have to be in it. What is wrong goes to standard error, a line each, with a code.
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";
import { parse as parseYaml } from "yaml";

const [recipe, ...ours] = process.argv.slice(2);
const problems = [];
const blame = (code, message) => problems.push(`${code}: ${message.trim().replace(/\s*\n\s*/g, " ")}`);
const leave = () => {
  for (const problem of problems) console.error(problem);
  process.exit(1);
};

function listed() {
  try {
    const { subgraphs } = parseYaml(readFileSync(recipe, "utf8")) ?? {};
    if (subgraphs && typeof subgraphs === "object" && !Array.isArray(subgraphs)) return subgraphs;
    blame("INVALID_RECIPE", `${basename(recipe)} has no subgraphs by name.`);
  } catch (error) {
    blame("INVALID_RECIPE", `${basename(recipe)}: ${error.message.split("\n")[0]}`);
  }
  return leave();
}

function service(name, entry) {
  const { routing_url: url, schema } = entry ?? {};
  if (!/^[A-Za-z][\w-]{0,63}$/.test(name))
    return blame("INVALID_SUBGRAPH_NAME", `[${name}] A name is a letter, then at most 63 letters, digits, _ or -.`);
  if (typeof url !== "string" || !/^https?:\/\/[^/]/.test(url))
    return blame("INVALID_ROUTING_URL", `[${name}] routing_url has to be an http:// or https:// URL.`);
  const file = schema?.file;
  if (typeof file !== "string")
    return blame("SCHEMA_FILE_MISSING", `[${name}] schema.file has to name the file of its SDL.`);
  const path = resolve(dirname(recipe), file);
  if (!existsSync(path))
    return blame("SCHEMA_FILE_MISSING", `[${name}] There is no ${file} (schema.file, seen from ${dirname(recipe)}).`);
  try {
    return { name, url, typeDefs: parse(readFileSync(path, "utf8")) };
  } catch (error) {
    const { line, column } = error.locations?.[0] ?? {};
    return blame("INVALID_GRAPHQL", `[${name}] ${error.message}${line ? ` (${file}:${line}:${column})` : ""}`);
  }
}

const subgraphs = listed();
for (const name of ours.filter((one) => !(one in subgraphs)))
  blame("SUBGRAPH_MISSING", `[${name}] ${basename(recipe)} does not list this subgraph of ours.`);
const services = Object.entries(subgraphs).map(([name, entry]) => service(name, entry));
if (problems.length) leave();
const { errors = [], supergraphSdl } = composeServices(services);
for (const error of errors) blame(error.extensions?.code ?? "COMPOSITION_ERROR", error.message);
if (!supergraphSdl && !problems.length) blame("COMPOSITION_ERROR", "The composer gave no supergraph.");
if (problems.length) leave();
process.stdout.write(`${supergraphSdl.trim()}\n`);
