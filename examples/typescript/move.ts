// A move that tells four agencies, one of which is down: the others hear at once, and it hears when it is back.
// BASE_URL and PASSWORD name the office and the password of its demo accounts. The agencies of this walk listen on
// 127.0.0.1:9101 to 9104, which the office must be allowed to call:
//   HUZHENG_OUTBOUND_ALLOW=127.0.0.1:9101,127.0.0.1:9102,127.0.0.1:9103,127.0.0.1:9104
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Member, call, person, walk, type Schemas } from "./office.js";

const ports = { LOCAL_TAX: 9101, MOTOR_VEHICLES: 9102, LAND: 9103, NHI: 9104 } as const;
type Code = keyof typeof ports;
const codes = Object.keys(ports) as Code[];

/** An agency: checks the signature as Standard Webhooks has it, and says thanks. */
function agency(code: Code, secret: string): Promise<Server> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signatures = "" } = request.headers;
      const body = Buffer.concat(parts).toString("utf8");
      const key = Buffer.from(secret.replace("whsec_", ""), "base64");
      const own = `v1,${createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64")}`;
      const genuine = String(signatures).split(" ").includes(own);
      console.log(`  ${code} was told (${genuine ? "signature good" : "SIGNATURE BAD"}, ${Object.keys(JSON.parse(body).data.fields)})`);
      response.writeHead(genuine ? 204 : 401).end();
    });
  });
  return new Promise((resolve) => server.listen(ports[code], "127.0.0.1", () => resolve(server)));
}

/** Tells the office where the agency listens: one asks, another approves, and each is shown one half of the secret, once. */
async function connect(admin: Member, chief: Member, code: Code): Promise<string> {
  const path = `/v1/agencies/${code}`;
  const known = await admin.get<Schemas["AgencyView"]>(path);
  const rotated = await admin.act<Schemas["WebhookSecret"]>("POST", `${path}:rotate-secret`, known.version);
  const approved = await chief.act<Schemas["ApprovedAgency"]>("POST", `${path}:approve`, rotated.version);
  const { code: _, requested: _asked, requested_secret: _secret, ...settings } = known.body;
  const change = { ...settings, channel: "WEBHOOK", cadence: null, webhook_url: `http://127.0.0.1:${ports[code]}/notices` };
  const changed = await admin.act<Schemas["AgencyView"]>("PUT", path, approved.version, change);
  // The same address as before opens nothing, and waits for nobody.
  if (changed.body.requested) await chief.act("POST", `${path}:approve`, changed.version);
  return `${rotated.body.secret}${approved.body.second_half ?? ""}`;
}

walk(async () => {
  const names = ["admin1", "chief1", "clerk1", "reviewer1"];
  const [admin, chief, clerk, reviewer] = await Promise.all(names.map((name) => Member.login(name)));
  if (admin === undefined || chief === undefined || clerk === undefined || reviewer === undefined) throw new Error("nobody logged in");
  const secrets = new Map<Code, string>();
  for (const code of codes) secrets.set(code, await connect(admin, chief, code));
  const up = await Promise.all(codes.filter((code) => code !== "NHI").map((code) => agency(code, secrets.get(code) ?? "")));

  const office = await call<Schemas["Office"]>("GET", "/v1/office");
  const today = new Date(office.body.now ?? Date.now());
  const mover = person(today.getTime() / 1000, "MALE");
  const { body: type } = await call<Schemas["CaseTypeView"]>("GET", "/v1/case-types/MOVE_IN");
  const taken = await clerk.create<Schemas["CaseView"]>("/v1/cases", {
    type_code: "MOVE_IN", channel: "COUNTER", event_on: new Date(today.getTime() - 5 * 86_400_000).toISOString().slice(0, 10),
    parties: [{ role: "SUBJECT", ...mover }], applicant: { ...mover, relation: "SELF" },
    fields: {
      kind: "MOVE_IN", from_address: "臺中市北區三民路一段2號", to_address: "彰化縣和美鎮和東里1鄰彰美路五段1號",
      extent: "MEMBERS", household_head: "王大明", new_household: false,
    },
    papers: type.papers.filter((paper) => ["ALWAYS", "JOINS_A_HOUSEHOLD"].includes(paper.when)).map((paper) => paper.document),
  } satisfies Schemas["CaseInput"]);
  const id = taken.body.id;
  const submitted = await clerk.act<Schemas["CaseView"]>("POST", `/v1/cases/${id}:submit-for-review`, taken.version);
  await reviewer.act("POST", `/v1/cases/${id}/reviews`, submitted.version, { result: "PASS" });
  const registered = await clerk.get<Schemas["CaseView"]>(`/v1/cases/${id}`);
  console.log(`${registered.body.number} is registered; by ${registered.body.notification?.due_on} these may hear: ${registered.body.notification?.agencies}`);

  // One form, one consent, a delivery an agency; nothing is sent within this call.
  const notice = await clerk.create<Schemas["AgencyNotice"]>(`/v1/cases/${id}/agency-notices`, {
    agencies: codes, consent: { at: registered.body.registered_at ?? "", by: "SELF", form: "WRITTEN" },
  } satisfies Schemas["AgencyNoticeInput"]);
  const states = async (): Promise<Schemas["DeliveryView"][]> =>
    (await clerk.get<Schemas["AgencyNotice"]>(`/v1/agency-notices/${notice.body.id}`)).body.deliveries;
  const until = async (done: (deliveries: Schemas["DeliveryView"][]) => boolean): Promise<void> => {
    for (let turn = 0; turn < 300; turn += 1) {
      if (done(await states())) return;
      await sleep(500);
    }
    throw new Error("the office did not get through");
  };
  const acknowledged = (deliveries: Schemas["DeliveryView"][]) => deliveries.filter((d) => d.status === "ACKNOWLEDGED").length;
  await until((deliveries) => acknowledged(deliveries) === 3 && deliveries.some((d) => d.agency_code === "NHI" && d.attempts > 0));
  for (const delivery of await states()) console.log(`  ${delivery.agency_code}: ${delivery.status} after ${delivery.attempts} attempts`);

  console.log("NHI is back; the office tries again within a minute or two");
  up.push(await agency("NHI", secrets.get("NHI") ?? ""));
  await until((deliveries) => acknowledged(deliveries) === 4);
  console.log("all four have acknowledged");
  up.forEach((server) => server.close());
});
