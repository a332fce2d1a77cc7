//! Who applies, for whom, and who else takes part: what of it the application itself tells.

use chrono::NaiveDate;

use super::about::is_about;
use super::ages;
use super::capacity::{asks_for_consent, demand};
use super::entitlement::Asking;
use super::fields::{CaseFields, Findings, Form, PartyRole, apart};
use super::input::{CaseInput, PartyInput};
use super::intake::Ground;
use super::own_rules;
use super::representation::{consents_as, represents};
use super::types::by_law::{BOTH_PRESENT, LIMITED_CAPACITY, ONE_PARTY_APPLIES};
use super::types::checklist::BroughtBy;
use super::types::model::{CaseRules, CaseType, Group, Relation};
use crate::people::capacity::{Demand, Limit};
use crate::people::{IdNumber, Identifier, Name, ONLY_HUMAN, names};

/// Why nothing can be certified of somebody.
const NO_ENTRY: (&str, &str) =
    ("無統一編號或證件者，無登載可資證明", "the register has no entry to certify of somebody who is known by nothing");

impl CaseInput {
    /// Whether somebody comes in another's place: a proxy who is named, or who applies by that relation.
    pub(super) fn is_by_proxy(&self) -> bool {
        self.proxy.is_some() || self.applicant.relation == Relation::Proxy
    }

    /// By what right it is applied for.
    pub(super) fn asking(&self) -> Asking<'_> {
        let subject = self.parties.iter().find(|party| party.role == PartyRole::Subject);
        Asking {
            relation: self.applicant.relation,
            applicant: &self.applicant.national_id,
            subject: subject.map(|party| &party.national_id),
            is_by_proxy: self.is_by_proxy(),
        }
    }

    /// By whom it is brought to the counter.
    pub(super) fn brought_by(&self) -> BroughtBy {
        BroughtBy::of(self.applicant.relation, self.is_by_proxy())
    }

    pub(super) fn check_applicant(&self, ground: &Ground<'_>, form: Option<&CaseFields>, findings: &mut Findings) {
        let case_type = ground.case_type;
        let law = &case_type.rules.law;
        if !case_type.rules.admits(self.applicant.relation) {
            let words = case_type.rules.applicants_in_words();
            findings.add("/applicant/relation", "not_allowed", law, &words.zh, &words.en);
        } else if !self.fits_parties(&self.applicant.national_id) {
            let (relation, pointer) = (self.applicant.relation.as_str(), self.applicant.national_id.pointer("/applicant"));
            let (zh, en) = (
                format!("/applicant/relation 為 {relation}，與 {pointer} 不符：parties 中擔任該身分之當事人非此人"),
                format!("/applicant/relation says {relation}, and {pointer} names nobody who is that among the parties"),
            );
            findings.add("/applicant/relation", "party_mismatch", law, &zh, &en);
        } else if let Some((law, zh, en)) = form.and_then(|form| self.barred_relation(form, ground.stage.is_judged_whole())) {
            findings.add("/applicant/relation", "not_allowed", law, zh, en);
        } else if self.is_deceased(&self.applicant.national_id) {
            let text = ("死亡者本人不得為申請人", "the deceased does not apply");
            findings.add("/applicant/national_id", "same_person", "戶籍法 §36", text.0, text.1);
        } else if self.applicant.relation == Relation::BothParties && ground.stage.is_judged_whole() {
            let text = (
                "須由雙方當事人共同申請：雙方到場並於 papers 列 BOTH_PARTIES_PRESENT",
                "both parties apply together: both are present, which BOTH_PARTIES_PRESENT among the papers says",
            );
            let present = self.papers.iter().any(|paper| paper == BOTH_PRESENT);
            if !present {
                findings.add("/papers", "required", law, text.0, text.1);
            }
        }
    }

    /// Why somebody of a relation that the type admits does not apply in this very case.
    fn barred_relation(&self, form: &CaseFields, is_whole: bool) -> Option<(&'static str, &'static str, &'static str)> {
        match (self.applicant.relation, form) {
            (Relation::Oneself | Relation::LegalRepresentative, form) if form.moves_household() && is_whole => {
                (!self.is_of_head(form)).then_some((
                    "戶籍法 §41",
                    "全戶遷徙由戶長申請：戶長請以 HOUSEHOLD_HEAD 申請，其法定代理人請將戶長列為當事人",
                    "the head applies for a whole household: the head as HOUSEHOLD_HEAD, and whoever represents the head names them as the party HOUSEHOLD_HEAD",
                ))
            }
            (Relation::InterestedPerson | Relation::OneParty, CaseFields::Marriage(marriage)) => (!marriage.stands_by_itself(self.event_on)).then_some((
                "戶籍法 §33",
                "結婚因登記而生效者，須由雙方當事人申請",
                "one party, or whoever has an interest, applies for a marriage that stands without its registration: both do otherwise",
            )),
            (Relation::Oneself, CaseFields::Common(_)) if self.type_code == "GUARDIANSHIP" => (!self.ends()).then_some((
                "戶籍法 §35、§46",
                "監護登記由監護人申請；本人僅得申請廢止（event 為 REVOKED）",
                "the guardian applies for a guardianship; whoever was under it for its end alone (REVOKED)",
            )),
            _ => None,
        }
    }

    /// Whether whoever applies in their own matter, or is represented in it, is the head of the household that moves.
    fn is_of_head(&self, form: &CaseFields) -> bool {
        let one = self.person();
        let is_called = |name: &Name| one.is_some_and(|party| names::passes_for(party.name.as_str(), name.as_str()));
        let is_head = |party: &PartyInput| {
            party.role == PartyRole::HouseholdHead && one.is_some_and(|one| one.national_id == party.national_id)
        };
        form.household_head().is_some_and(is_called) || self.parties.iter().any(is_head)
    }

    /// Whether a party is one of those whose will the application is.
    fn acts(&self, index: usize, party: &PartyInput) -> bool {
        match self.applicant.relation {
            Relation::Proxy => index == self.about(),
            Relation::BothParties => is_about(&self.type_code, party.role),
            relation => !represents(&self.type_code, relation) && party.national_id == self.applicant.national_id,
        }
    }

    /// Refuses guardians and assistants who are under age, and whoever acts and is under seven as the application itself says.
    pub(super) fn check_ages(&self, ground: &Ground<'_>, findings: &mut Findings) {
        let today = ground.received_at.date();
        let parties = self.parties.iter().map(|party| (party.role, party.birth_on));
        ages::of_guardians((&self.type_code, self.event_on.unwrap_or(today)), parties, findings);
        for (index, party) in self.parties.iter().enumerate() {
            let Some(born) = party.birth_on else { continue };
            let is_said = ground.said_births.contains(&index) && demand(&self.type_code) != Demand::Nothing;
            if is_said
                && self.acts(index, party)
                && let Some(limit @ Limit::Childhood(age)) = Limit::of_age(born, today)
                && !age.is_rebuttable
            {
                let is_applicant = party.national_id == self.applicant.national_id;
                let pointer =
                    if is_applicant { "/applicant/national_id".to_owned() } else { format!("/parties/{index}/national_id") };
                findings.0.push(limit.refusal(pointer));
            }
        }
    }

    /// Whether it is the death of whoever has this number.
    pub(super) fn is_deceased(&self, number: &Identifier) -> bool {
        self.parties.iter().any(|party| party.role == PartyRole::Deceased && party.national_id == *number)
    }

    /// Whether the applicant is the party that the relation makes them.
    pub fn fits_parties(&self, number: &Identifier) -> bool {
        let is = |fits: &dyn Fn(PartyRole) -> bool| self.parties.iter().any(|p| fits(p.role) && p.national_id == *number);
        let named = |role: PartyRole| self.parties.iter().any(|party| party.role == role);
        let is_one = |role: PartyRole| is(&|one| one == role);
        match self.applicant.relation {
            Relation::Oneself => self.person().is_some_and(|party| party.national_id == *number),
            Relation::BothParties | Relation::OneParty if named(PartyRole::Spouse) => is_one(PartyRole::Spouse),
            Relation::BothParties | Relation::OneParty => is(&PartyRole::is_principal),
            Relation::Mother => is_one(PartyRole::Mother),
            Relation::Father => is_one(PartyRole::Father),
            Relation::Adopter => is_one(PartyRole::Adopter),
            Relation::Adoptee => is_one(PartyRole::Adoptee),
            Relation::Acknowledger => is_one(PartyRole::Father) || is_one(PartyRole::Mother),
            Relation::Acknowledged => is_one(PartyRole::Subject),
            Relation::Spouse => !named(PartyRole::Spouse) || is_one(PartyRole::Spouse),
            Relation::HouseholdHead => !named(PartyRole::HouseholdHead) || is_one(PartyRole::HouseholdHead),
            // Nobody represents themself (民法 §106).
            Relation::LegalRepresentative => {
                let is_represented = is(&|role| matches!(role, PartyRole::Adoptee | PartyRole::Spouse | PartyRole::Subject));
                !is_represented && (!named(PartyRole::LegalRepresentative) || is_one(PartyRole::LegalRepresentative))
            }
            Relation::Assistant | Relation::Guardian => !named(PartyRole::Guardian) || is_one(PartyRole::Guardian),
            Relation::AssistedPerson => is_one(PartyRole::Subject),
            Relation::ParentOneOrBoth => {
                let exercises = |role: PartyRole| matches!(role, PartyRole::Father | PartyRole::Mother);
                !self.parties.iter().any(|party| exercises(party.role)) || is(&exercises)
            }
            // No party has their part.
            Relation::Agency
            | Relation::Anyone
            | Relation::BirthApplicants
            | Relation::Carer
            | Relation::ChildWelfareInstitution
            | Relation::Cohabitant
            | Relation::ExOfficio
            | Relation::Fosterer
            | Relation::Grandfather
            | Relation::Grandmother
            | Relation::InterestedPerson
            | Relation::ListedPurposeApplicant
            | Relation::Manager
            | Relation::Occupant
            | Relation::OriginalApplicant
            | Relation::Owner
            | Relation::Petitioner
            | Relation::PremisesManager
            | Relation::PremisesOwner
            | Relation::Proxy
            | Relation::Relative
            | Relation::RelativeOfDeceased
            | Relation::Residents
            | Relation::TownOffice
            | Relation::Undertaker => true,
        }
    }

    /// Whether somebody is a party whose part is opposed to the applicant's. Mother and father of a birth are on one side.
    pub(super) fn is_on_both_sides(&self, proxy: &Identifier) -> bool {
        let with = |of: &Identifier| -> Vec<PartyRole> {
            self.parties.iter().filter(|party| party.national_id == *of).map(|party| party.role).collect()
        };
        let are_apart = |one: PartyRole, other: PartyRole| {
            apart(&self.type_code).iter().any(|pair| *pair == (one, other) || *pair == (other, one))
        };
        let own = with(&self.applicant.national_id);
        let is_other = *proxy != self.applicant.national_id && self.type_code != "BIRTH";
        is_other && with(proxy).into_iter().any(|theirs| own.iter().any(|own| are_apart(*own, theirs)))
    }

    /// Refuses organisations where only a human can stand, and people without a number whom an entry of the register must be
    /// about.
    pub(super) fn check_identities(&self, ground: &Ground<'_>, findings: &mut Findings) {
        let case_type = ground.case_type;
        let form = case_type.rules.form;
        let certifies = matches!(case_type.rules.group, Group::Certificate | Group::HouseholdCertificate);
        let addressed = form == Form::HouseNumber || matches!(self.type_code.as_str(), "POP_STATS" | "ROAD_NAME");
        let registered = matches!(
            form,
            Form::Death
                | Form::MoveIn
                | Form::MoveOut
                | Form::MoveWithin
                | Form::Name
                | Form::Uid
                | Form::IdCard
                | Form::HouseholdCertificate
                | Form::Seal
                | Form::SealCertificate
        );
        if !ground.stage.is_registered() {
            own_rules::check(self, findings);
        }
        for (index, party) in self.parties.iter().enumerate() {
            let pointer = format!("/parties/{index}/national_id");
            let is_about = matches!(party.role, PartyRole::Subject | PartyRole::Deceased);
            // Whether the register has somebody from abroad whose death is to be noted, it is asked later.
            let is_known = party.national_id.number().is_some() || form == Form::Death && party.national_id.is_foreign();
            let any = matches!(party.role, PartyRole::Guardian | PartyRole::LegalRepresentative | PartyRole::Other);
            if !(party.national_id.is_human() || any || is_about && addressed) {
                findings.add(&pointer, "not_allowed", "", &ONLY_HUMAN.zh, &ONLY_HUMAN.en);
            } else if certifies && index == self.about() && self.is_without_entry(&party.national_id) {
                findings.add(&pointer, "required", "戶籍法 §65", NO_ENTRY.0, NO_ENTRY.1);
            } else if registered && is_about && !is_known && !party.national_id.is_historic() {
                let text = ("當事人須有統一編號", "the entry is about somebody with a number");
                findings.add(&pointer, "required", "戶籍法 §4", text.0, text.1);
            }
        }
        let asks_for_another =
            certifies && self.applicant.relation == Relation::InterestedPerson && ground.stage.is_judged_whole();
        if asks_for_another && !self.applicant.national_id.finds() {
            let text =
                ("利害關係人須以統一編號或身分證明文件識別", "an interested person says by a number or a paper who they are");
            findings.add(&self.applicant.national_id.pointer("/applicant"), "required", "戶籍法 §65", text.0, text.1);
        }
        if self.proxy.as_ref().is_some_and(|proxy| !proxy.national_id.is_human()) {
            findings.add("/proxy/national_id", "not_allowed", "戶籍法 §47", "代理人須為自然人", "a proxy is a human");
        }
    }

    /// Refuses spouses of whom nobody has a number, once those are named whom the type wants.
    pub(super) fn check_spouses(&self, case_type: &CaseType, findings: &mut Findings) {
        let whole = matches!(case_type.rules.form, Form::Marriage | Form::Divorce)
            && !findings.0.iter().any(|found| found.pointer == "/parties" && found.code == "parties");
        let mut spouses = self.parties.iter().filter(|party| party.role == PartyRole::Spouse);
        // What was entered of two who have none can end.
        let ends = case_type.rules.form == Form::Divorce;
        let is_national = |number: &IdNumber| ends || number.is_national();
        if whole && !spouses.any(|party| party.national_id.number().is_some_and(is_national)) {
            let text = ("配偶之一須有國民身分證統一編號", "one of the spouses has a national's number");
            findings.add("/parties", "required", "戶籍法 §4", text.0, text.1);
        }
    }

    /// Whether the register has nothing to certify of somebody whom it cannot find: of others than the applicant an entry of
    /// before there were numbers can be certified.
    fn is_without_entry(&self, subject: &Identifier) -> bool {
        !subject.finds() && (self.applicant.relation == Relation::Oneself || !subject.is_historic())
    }

    /// The circumstances that the register makes, and a consent where the application itself says that somebody is under age.
    /// Whoever consents as a party of the case shows no paper of it; those who apply do not consent to it themselves.
    pub(super) fn seen_with(&self, (seen, rules): (&[&'static str], &CaseRules), today: NaiveDate) -> Vec<&'static str> {
        let is_one = |party: &&PartyInput| party.national_id == self.applicant.national_id;
        let mut own = self.parties.iter().filter(is_one).filter_map(|party| party.birth_on);
        let is_young = own.any(|born| asks_for_consent(&self.type_code, born, today));
        let mut seen = seen.to_vec();
        if is_young && !seen.contains(&LIMITED_CAPACITY) {
            seen.push(LIMITED_CAPACITY);
        }
        let can_be_both = rules.applicants.contains(&Relation::BothParties);
        if can_be_both && matches!(self.applicant.relation, Relation::InterestedPerson | Relation::OneParty) {
            seen.push(ONE_PARTY_APPLIES);
        }
        let mut others = self.parties.iter().filter(|party| party.national_id != self.applicant.national_id);
        if others.any(|party| consents_as(&self.type_code, party.role).is_some()) {
            seen.retain(|one| *one != LIMITED_CAPACITY);
        }
        seen
    }
}
