// The work that all share, as in work.py.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { Pool } from "undici";

export const database = process.env.BENCH_DATABASE;
export const inFlight = Number(process.env.BENCH_IN_FLIGHT ?? 128);
const gateway = new URL(process.env.BENCH_GATEWAY);
const http = new Pool(gateway.origin, { connections: inFlight });
const text = "Przypomnienie: wizyta w srode 10.03 o 10:00, ul. Lipowa 7, Krakow. https://example.org/0123456789abcdefg";
const headers = { "content-type": "application/x-www-form-urlencoded", authorization: "Bearer benchmark" };

export const outcomes = new pg.Pool({ connectionString: database, max: 16 });

export function items(count) {
  return Array.from({ length: count }, (_, number) => ({
    number, idx: randomUUID().replaceAll("-", ""), phone: `48600${String(number).padStart(6, "0")}`,
  }));
}

// What the gateway calls the message; throws if it did not take it.
export async function post({ idx, phone }) {
  const fields = new URLSearchParams({ to: phone, message: text, idx, check_idx: "1", format: "json" });
  const answer = await http.request({ path: gateway.pathname, method: "POST", headers, body: fields.toString() });
  return (await answer.body.json()).list[0].id;
}

export function* inLots(all, size) {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}
