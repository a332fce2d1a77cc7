// Books a slot of legal advice with nothing but the contract's own types and the platform's fetch.
// BASE_URL, USERNAME and PASSWORD name the office and a citizen's account.
import { randomUUID } from "node:crypto";
import type { paths } from "./contract.js";
import { Member, call, walk, type Schemas } from "./office.js";

type SlotQuery = paths["/v1/slots"]["get"]["parameters"]["query"];

walk(async () => {
  const citizen = await Member.login(process.env["USERNAME"] ?? "citizen1");

  const query: SlotQuery = { service: "LEGAL_CONSULTATION" };
  const slots = await call<Schemas["SlotList"]>("GET", `/v1/slots?${new URLSearchParams({ service: query.service })}`);
  const wish = slots.body.items[0];
  if (wish === undefined) throw new Error("no slot is open within the next week");

  const input: Schemas["BookingInput"] = {
    slot_id: wish.id,
    contact: { phone: "0912345678" },
    answers: { topic: "FAMILY" } satisfies Schemas["ConsultationAnswers"],
  };
  // The same key for every attempt: a lost answer never books twice.
  const key = randomUUID();
  const made = await citizen.create<Schemas["Booking"]>("/v1/bookings", input, key);
  const booking = made.body;
  console.log(`booked ${booking.number} at ${booking.starts_at}`);
  const again = await citizen.create<Schemas["Booking"]>("/v1/bookings", input, key);
  if (again.headers.get("Idempotency-Replayed") !== "true") throw new Error("the retry was not recognised");

  const calendar = await citizen.get<string>(`/v1/bookings/${booking.id}/calendar.ics`);
  console.log(calendar.body.split("\r\n").find((line) => line.startsWith("DTSTART")));

  const cancelled = await citizen.act<Schemas["Booking"]>("POST", `/v1/bookings/${booking.id}:cancel`, made.version, {
    reason: "only an example",
  });
  console.log(`cancelled: ${cancelled.body.status}`);
});
