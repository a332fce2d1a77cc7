// A birth from the counter to the certificate, with a paper that is missing on the way.
// BASE_URL and PASSWORD name the office and the password of its demo accounts.
import { Member, call, person, walk, type Schemas } from "./office.js";

walk(async () => {
  const [clerk, reviewer] = await Promise.all([Member.login("clerk1"), Member.login("reviewer1")]);
  const office = await call<Schemas["Office"]>("GET", "/v1/office");
  const today = new Date(office.body.now ?? Date.now());
  const mother = person(today.getTime() / 1000, "FEMALE");

  // What the law asks for is data: the papers of this type that are always wanted.
  const { body: birth } = await call<Schemas["CaseTypeView"]>("GET", "/v1/case-types/BIRTH");
  const papers = birth.papers.filter((paper) => paper.when === "ALWAYS").map((paper) => paper.document);
  const missing = papers.at(-1);
  if (missing === undefined) throw new Error("the checklist is empty");

  const application = {
    type_code: "BIRTH",
    channel: "COUNTER",
    event_on: new Date(today.getTime() - 10 * 86_400_000).toISOString().slice(0, 10),
    parties: [{ role: "MOTHER", ...mother, birth_on: "1995-05-04" }],
    applicant: { ...mother, relation: "MOTHER" },
    fields: {
      kind: "BIRTH", child_name: "林小安", sex: "FEMALE", surname_from: "MOTHER", birth_place: "HOSPITAL",
      certificate_number: `出字第 ${Date.now()} 號`, weight_g: 3150, weeks: 39, birth_order: 1, multiple: 1,
    },
    papers: papers.filter((paper) => paper !== missing),
  } satisfies Schemas["CaseInput"];

  const checked = await call<Schemas["CaseCheck"]>("POST", "/v1/cases:check", {}, application);
  console.log(`checked: due by law on ${checked.body.legal_due_on}, missing ${checked.body.missing_papers.map((p) => p.document)}`);

  const taken = await clerk.create<Schemas["CaseView"]>("/v1/cases", application);
  const id = taken.body.id;
  console.log(`taken: ${taken.body.number}, ${taken.body.status}`);

  // The whole list at once, on one notice; the office's clock stands still meanwhile.
  const notice = await clerk.act<Schemas["Notice"]>("POST", `/v1/cases/${id}/one-time-notice`, taken.version, { given_how: "HANDED" });
  console.log(`notice ${notice.body.number}: ${notice.body.items.map((item) => item.name.zh)} by ${notice.body.due_on}`);
  const print = await clerk.get<string>(`/v1/cases/${id}/one-time-notice.txt`);
  console.log(print.body.split("\n")[0]);

  for (const item of notice.body.items) {
    const waiting = await clerk.get<Schemas["CaseView"]>(`/v1/cases/${id}`);
    await clerk.act("PATCH", `/v1/cases/${id}/one-time-notice/items/${item.n}`, waiting.version, { received: true });
  }

  const complete = await clerk.get<Schemas["CaseView"]>(`/v1/cases/${id}`);
  const submitted = await clerk.act<Schemas["CaseView"]>("POST", `/v1/cases/${id}:submit-for-review`, complete.version);
  const review = await reviewer.act<Schemas["Review"]>("POST", `/v1/cases/${id}/reviews`, submitted.version, { result: "PASS" });
  console.log(`reviewed: ${review.body.result}, the case is ${review.body.case_status}`);

  const certificate = await clerk.create<Schemas["CertificateView"]>("/v1/certificates", {
    kind: "TRANSCRIPT_ZH", person: mother, applicant: { ...mother, relation: "SELF" }, scope: "WHOLE", purpose: "請領生育給付",
    copies: 1, sheets: 2,
  } satisfies Schemas["CertificateInput"]);
  console.log(`certificate ${certificate.body.serial}: ${certificate.body.fee_twd} NTD`);
  const proof = await call<Schemas["CertificateVerdict"]>("POST", "/v1/certificates:verify", {}, {
    serial: certificate.body.serial, check_code: certificate.body.check_code,
  });
  if (!proof.body.genuine) throw new Error("the certificate does not prove genuine");
  console.log("anyone can verify it: genuine");
});
