// graphile-worker: jobs in PostgreSQL, fetched in lots, 64 at once, each outcome recorded by itself.
// `graphile_worker_peer.mjs fill COUNT`, then `graphile_worker_peer.mjs work`, which goes on until it is stopped.
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { database, inLots, items, outcomes, post } from "./work.mjs";

const AT_ONCE = 64;
const RECORD = "INSERT INTO outcome (id, provider_id) VALUES ($1, $2)";
const quiet = new Logger(() => () => {});

async function fill(count) {
  const utils = await makeWorkerUtils({ connectionString: database, logger: quiet });
  await utils.migrate();
  for (const some of inLots(items(count), 2000))
    await utils.addJobs(some.map((payload) => ({ identifier: "sms", payload, maxAttempts: 1 })));
  await utils.release();
  await outcomes.end();
}

async function sms(payload) {
  await outcomes.query(RECORD, [payload.number, await post(payload)]);
}

async function work() {
  const worker = {
    connectionString: database, concurrentJobs: AT_ONCE, maxPoolSize: 10, pollInterval: 100, logger: quiet,
    localQueue: { size: 500 }, completeJobBatchDelay: 5, failJobBatchDelay: 5, preparedStatements: true,
  };
  const running = await run({ preset: { worker }, taskList: { sms } });
  await running.promise;
}

if (process.argv[2] === "fill") await fill(Number(process.argv[3]));
else await work();
