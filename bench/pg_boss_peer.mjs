// pg-boss: jobs in PostgreSQL, taken and completed in batches of 500, their outcomes recorded by one statement a batch.
// `pg_boss_peer.mjs fill COUNT`, then `pg_boss_peer.mjs work`, which goes on until it is stopped.
import { PgBoss } from "pg-boss";
import { database, inLots, items, outcomes, post } from "./work.mjs";

const BATCH = 500;
const RECORD = "INSERT INTO outcome (id, provider_id) SELECT * FROM unnest($1::bigint[], $2::text[])";
const boss = new PgBoss({ connectionString: database, max: 10, supervise: false, schedule: false });

async function fill(count) {
  await boss.createQueue("sms");
  for (const some of inLots(items(count), 2000)) await boss.insert("sms", some.map((data) => ({ data })));
  await boss.stop();
  await outcomes.end();
}

async function handle(jobs) {
  const said = await Promise.all(jobs.map(({ data }) => post(data)));
  await outcomes.query(RECORD, [jobs.map(({ data }) => data.number), said]);
}

boss.on("error", (error) => { console.error(error); process.exit(1); });
await boss.start();
if (process.argv[2] === "fill") await fill(Number(process.argv[3]));
else await boss.work("sms", { batchSize: BATCH, localConcurrency: 2, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }, handle);
