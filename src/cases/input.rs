//! An application as callers send it.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::ex_officio::ExOfficioGround;
use super::fields::{CaseFields, PartyRole};
use super::types::model::Relation;
use crate::calendar::PartialDate;
use crate::db::Id;
use crate::error::Result;
use crate::identified;
use crate::people::chosen::{self, ByRecord};
use crate::people::{Contact, Identifier, Name, Note, RomanisedName, Words};
use crate::scheduling::services::Channel;

identified! {
    /// Somebody who takes part in a case.
    #[schema(example = json!({"role": "MOTHER", "name": "王小美", "national_id": "N200000004", "birth_on": "1995-05-04"}))]
    pub struct PartyInput as PartyBody {
        pub role: PartyRole,
        pub name: Name,
        pub birth_on: Option<PartialDate>,
        /// In Latin letters as the passport has it (姓名條例 §4), where the case says it: known of them from the registration on.
        pub romanised_name: Option<RomanisedName>,
        /// Of several people who truly have that number and name the one who is meant, as `candidates` of `ambiguous_person` lists
        /// them; by a clerk alone.
        pub person_id: Option<Id>,
    }
}

identified! {
    /// Who applies: a human, an organisation or an agency.
    #[schema(example = json!({"name": "王小美", "national_id": "N200000004", "relation": "MOTHER"}))]
    pub struct ApplicantInput as ApplicantBody {
        pub name: Name,
        /// One of the type's `applicants`; EX_OFFICIO where the type has `ex_officio`.
        pub relation: Relation,
        /// As a party's.
        pub person_id: Option<Id>,
    }
}

identified! {
    /// Who comes in the applicant's place, with a letter of proxy (戶籍法 §47).
    #[schema(example = json!({"name": "林代理", "national_id": "N123456780", "reason": "申請人住院", "dated_on": "2026-11-20"}))]
    pub struct ProxyInput as ProxyBody {
        pub name: Name,
        /// Why the applicant does not come.
        pub reason: Note,
        /// Day of the letter.
        pub dated_on: NaiveDate,
        /// As a party's.
        pub person_id: Option<Id>,
    }
}

/// An application: parties, papers and fields in one.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "type_code": "BIRTH", "channel": "COUNTER", "event_on": "2026-11-10",
    "parties": [
        {"role": "MOTHER", "name": "王小美", "national_id": "N200000004", "birth_on": "1995-05-04"},
        {"role": "FATHER", "name": "王大明", "national_id": "N123456780", "birth_on": "1993-02-11"}
    ],
    "applicant": {"name": "王小美", "national_id": "N200000004", "relation": "MOTHER"},
    "fields": {
        "kind": "BIRTH", "child_name": "王小安", "sex": "FEMALE", "surname_from": "FATHER", "birth_place": "HOSPITAL",
        "certificate_number": "出字第 1150001 號", "weight_g": 3150, "weeks": 39, "birth_order": 1, "multiple": 1
    },
    "papers": ["ID_CARD", "SEAL_OR_SIGNATURE", "HH_CERT", "PARENTS_ID", "SURNAME_AGREEMENT"], "circumstances": ["PARENTS_MARRIED"]
}))]
pub struct CaseInput {
    /// A type of GET /v1/case-types.
    #[schema(min_length = 1, max_length = 40)]
    pub type_code: String,
    /// How it reached the office; citizens' is ONLINE, the counter otherwise.
    pub channel: Option<Channel>,
    /// Service point that takes it; the clerk's own when absent.
    #[schema(min_length = 1, max_length = 20)]
    pub service_point: Option<String>,
    /// Taken for people registered with another office (異地辦理).
    #[serde(default)]
    pub off_site: bool,
    /// Township in which they are registered, with `off_site`: its office is told. Of a move, the one from which they move.
    #[schema(example = "臺中市北區")]
    pub registered_area: Option<Words>,
    /// Their roles tell whom the case is about, in whatever order they stand: the `SUBJECT`, or of a birth the mother, of a death
    /// the deceased, of a marriage or its end the spouses, of an adoption the adoptee; of several the first. `party_roles` of the
    /// type (GET /v1/case-types/{code}) tells which roles they have, and how many of each.
    #[schema(min_items = 1, max_items = 30)]
    pub parties: Vec<PartyInput>,
    pub applicant: ApplicantInput,
    pub proxy: Option<ProxyInput>,
    /// Why the office enters it by itself 逕為登記, where the type's `ex_officio` lets it and the applicant's relation is `EX_OFFICIO`:
    /// the applicant is the office (`identified_by` an AGENCY), and a section chief or the director registers it.
    pub ex_officio: Option<ExOfficioGround>,
    /// How to reach the applicant; changed afterwards by PUT /v1/cases/{id}/contact.
    pub contact: Option<Contact>,
    /// Day of the event, or on which it became certain: the period of law runs from the day after. From 1850 on. A marriage in the
    /// country, or its end by agreement, takes effect by being registered: it is the day of receipt, of a draft that of its acceptance (民法 §982, §1050). A day that
    /// cannot be true beside another one of the case, such as one before the birth of whom it is about, is refused (`range`).
    pub event_on: Option<NaiveDate>,
    /// By the `form` of the type; a draft's may lack members.
    #[schema(value_type = CaseFields)]
    pub fields: Value,
    /// Codes of the papers that are there.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub papers: Vec<String>,
    /// Circumstances of the checklist that hold, such as `PARENTS_MARRIED`. What the office sees for itself holds whether it is
    /// named or not: a party who is known by a foreign paper, a minor by the day of birth, a marriage abroad by the fields; by the
    /// register `PARENTS_MARRIED` of a birth whose surname is not drawn by lot (民法 §1059) and `MINOR_CHILDREN` of spouses who
    /// part (民法 §1055); of the rights of a parent `BY_COURT` where a `ground` is named, else `BY_AGREEMENT`; `BY_COURT_DECISION` of
    /// a father who had died before he was acknowledged (民法 §1067); what the applicant's `relation` makes, and of a seal by a proxy
    /// `SERIOUS_ILLNESS_OR_CANNOT_WALK`, unless `ABROAD_OR_IN_AN_INSTITUTION` is named. A father of a birth asks for an
    /// acknowledgment (`BY_ACKNOWLEDGMENT`) or a court's decision unless the register has the parents' marriage, or cannot tell and
    /// `PARENTS_MARRIED` is named (民法 §1061, §1064, §1065). `LIMITED_CAPACITY`, `REPRESENTATIVE_UNKNOWN`, `UNDER_GUARDIANSHIP`,
    /// `HUSBAND_PRESUMED`, `RELATION_UNKNOWN`, `GUARDIAN_MARRIES_WARD`, `PARENTS_LIVE`, `DEATH_UNREGISTERED` and `ONE_PARTY_APPLIES`
    /// follow from the register and from who applies, `NO_PARENTS` is a foundling's. `BACK_FROM_ABROAD` follows from where somebody
    /// moves in from, `SURNAME_AGREED` from the reason of a change of surname; `BORN_IN_THE_COUNTRY` of an initial registration is
    /// named of whoever is twelve or more and was never registered (戶籍法 §15), `SPOUSE_OF_A_NATIONAL` and `CHILD_OF_A_NATIONAL` of
    /// whoever acquires the nationality as one (國籍法 §4).
    #[serde(default)]
    #[schema(max_items = 60)]
    pub circumstances: Vec<String>,
    /// Keep it as a draft that may be incomplete: judged whole when it is accepted. Citizens' applications wait as
    /// drafts until a clerk accepts them.
    #[serde(default)]
    pub draft: bool,
    /// The cases shown by `possible_duplicate` are another matter; the verdict is remembered.
    #[serde(default)]
    pub confirm_not_duplicate: bool,
    /// Whom a case that is kept means, beside the numbers.
    #[serde(skip)]
    pub kept: Vec<(Identifier, Id)>,
}

impl CaseInput {
    /// Whoever is named, each at their pointer: by what they are known, and whose record is said to be meant.
    fn said(&self) -> impl Iterator<Item = (String, &Identifier, Option<Id>)> {
        let parties = self.parties.iter().enumerate();
        let parties = parties.map(|(index, one)| (format!("/parties/{index}"), &one.national_id, one.person_id));
        let applicant = [("/applicant".to_owned(), &self.applicant.national_id, self.applicant.person_id)];
        let proxy = self.proxy.iter().map(|one| ("/proxy".to_owned(), &one.national_id, one.person_id));
        parties.chain(applicant).chain(proxy)
    }

    /// By which record it says who is meant by a number, and where: who says it of somebody once says it of them wherever they stand.
    pub fn by_record(&self, number: &Identifier) -> (String, ByRecord) {
        let mut all: Vec<_> = self.said().filter(|(_, one, _)| *one == number).collect();
        all.sort_by_key(|(.., said)| said.is_none());
        let (of, said) = all.into_iter().next().map_or_else(Default::default, |(of, _, said)| (of, said));
        let kept = self.kept.iter().find(|(one, _)| one == number).map(|(_, id)| *id);
        (of, ByRecord { said, kept })
    }

    /// Those whom it names and whose record is kept already: where each is named first, by what, and the record.
    pub fn kept_at(&self) -> Vec<(String, &Identifier, Id)> {
        let mut found: Vec<(String, &Identifier, Id)> = Vec::new();
        for (of, number, _) in self.said() {
            let kept = self.kept.iter().find(|(one, _)| one == number).map(|(_, id)| *id);
            if let Some(kept) = kept.filter(|_| found.iter().all(|(_, other, _)| *other != number)) {
                found.push((of, number, kept));
            }
        }
        found
    }

    /// Refuses whoever does not work at the office to say whose record is meant.
    pub fn refuse_records(&self) -> Result<()> {
        self.said().try_for_each(|(of, _, said)| chosen::refuse(said, &of))
    }

    /// Whether it ends a guardianship, an assistance or the rights of a parent, as its fields say.
    pub fn ends(&self) -> bool {
        self.fields["event"] == "REVOKED"
    }

    /// Tells apart those whom nothing but a name identifies: each such party is a human of its own, though two of them have one
    /// name. Whoever applies and is named like a party is that party: of several the one that the relation makes them.
    pub fn tell_apart(&mut self) {
        for index in 1..self.parties.len() {
            let (before, rest) = self.parties.split_at_mut(index);
            let party = &mut rest[0];
            let is_taken = |identity: &Identifier| before.iter().any(|other| other.national_id == *identity);
            if !party.national_id.finds() && is_taken(&party.national_id) {
                let free = (1..=u8::MAX).filter_map(|nth| party.national_id.as_nth(nth)).find(|one| !is_taken(one));
                party.national_id = free.unwrap_or_else(|| party.national_id.clone());
            }
        }
        let Some(first) = self.applicant.national_id.as_nth(1) else { return };
        let alike = self.parties.iter().map(|party| &party.national_id).filter(|one| one.as_nth(1).as_ref() == Some(&first));
        let alike: Vec<Identifier> = alike.cloned().collect();
        let fits = |one: &&Identifier| self.fits_parties(one);
        if let Some(party) = alike.iter().find(fits).or(alike.first()) {
            self.applicant.national_id = party.clone();
        }
    }
}
