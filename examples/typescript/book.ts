// Books a slot of legal advice with nothing but the contract's own types and the platform's fetch.
// BASE_URL, USERNAME and PASSWORD name the office and a citizen's account.
import { randomUUID } from "node:crypto";
import type { components, paths } from "./contract.js";

type Schemas = components["schemas"];
type SlotQuery = paths["/v1/slots"]["get"]["parameters"]["query"];

const base = process.env["BASE_URL"] ?? "http://127.0.0.1:8080";

class Refused extends Error {
  constructor(readonly problem: Schemas["Problem"] & { alternatives?: Schemas["OfferedSlot"][] }) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
  }
}

async function call(method: string, path: string, headers: Record<string, string>, body?: unknown): Promise<Response> {
  const json = body === undefined ? {} : { "Content-Type": "application/json" };
  const answer = await fetch(base + path, {
    method,
    headers: { "Accept-Language": "en", ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Refused(await answer.json());
  return answer;
}

async function main(): Promise<void> {
  const credentials: Schemas["Credentials"] = {
    username: process.env["USERNAME"] ?? "citizen1",
    password: process.env["PASSWORD"] ?? "",
  };
  const login: Schemas["Tokens"] = await (await call("POST", "/v1/auth/login", {}, credentials)).json();
  const auth = { Authorization: `Bearer ${login.access_token}` };

  const query: SlotQuery = { service: "LEGAL_CONSULTATION" };
  const slots: Schemas["SlotList"] = await (await call("GET", `/v1/slots?${new URLSearchParams({ service: query.service })}`, {})).json();
  const wish = slots.items[0];
  if (wish === undefined) throw new Error("no slot is open within the next week");

  const input: Schemas["BookingInput"] = {
    slot_id: wish.id,
    contact: { phone: "0912345678" },
    answers: { topic: "FAMILY" } satisfies Schemas["ConsultationAnswers"],
  };
  // The same key for every attempt: a lost answer never books twice.
  const key = randomUUID();
  const made = await call("POST", "/v1/bookings", { ...auth, "Idempotency-Key": key }, input);
  const booking: Schemas["Booking"] = await made.json();
  console.log(`booked ${booking.number} at ${booking.starts_at}`);
  const again = await call("POST", "/v1/bookings", { ...auth, "Idempotency-Key": key }, input);
  if (again.headers.get("Idempotency-Replayed") !== "true") throw new Error("the retry was not recognised");

  const calendar = await (await call("GET", `/v1/bookings/${booking.id}/calendar.ics`, auth)).text();
  console.log(calendar.split("\r\n").find((line) => line.startsWith("DTSTART")));

  const version = made.headers.get("ETag") ?? "";
  const cancelled: Schemas["Booking"] = await (
    await call("POST", `/v1/bookings/${booking.id}:cancel`, { ...auth, "If-Match": version }, { reason: "only an example" })
  ).json();
  console.log(`cancelled: ${cancelled.status}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof Refused) console.error(error.problem.alternatives?.map((slot) => slot.starts_at) ?? "");
  process.exitCode = 1;
});
