// hive-gateway -c hive-gateway.config.mjs supergraph – the client's token is sent on; BENCH_RUST=1 plans in Rust.
import { defineConfig } from "@graphql-hive/gateway";

const rust = process.env.BENCH_RUST === "1";
export const gatewayConfig = defineConfig({
  supergraph: process.env.BENCH_SUPERGRAPH,
  host: "127.0.0.1",
  port: Number(process.env.BENCH_PORT),
  logging: "error",
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => {
      const authorization = request.headers.get("authorization");
      return authorization ? { authorization } : {};
    },
  },
  ...(rust ? { unifiedGraphHandler: (await import("@graphql-hive/router-runtime")).unifiedGraphHandler } : {}),
});
