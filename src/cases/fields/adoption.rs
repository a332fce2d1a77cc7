//! Rules of adoption and its end: by whose word it is, and how much older the adopters are.

use chrono::NaiveDate;

use super::status::{AdoptionFields, SurnameFrom};
use super::{Facts, Findings, PartyRole};
use crate::calendar::PartialDate;
use crate::people::wards::is_of_age;

/// How many years older an adopter is.
const APART: i64 = 20;
/// Likewise, of one of two spouses who adopt together, or of whoever adopts the spouse's child.
const BY_MARRIAGE: i64 = 16;

impl AdoptionFields {
    /// Whether the two sides have agreed on the end, without a court (民法 §1080).
    pub fn is_agreed(&self) -> bool {
        self.court_ruling.is_none() && self.final_on.is_none()
    }

    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        findings.distinct(facts);
        if let Some(day) = self.final_on {
            findings.past(facts, "/fields/final_on", day);
        }
        let text = ("僅無依兒童之出生登記從監護人之姓", "the guardian's surname belongs to a birth");
        let fits = self.surname_from != SurnameFrom::Guardian;
        findings.unless(fits, "/fields/surname_from", "not_allowed", "民法 §1078", text.0, text.1);
        self.check_ruling(facts, findings);
        if facts.type_code == "ADOPTION" {
            self.check_ages(facts, findings);
        }
    }

    /// A court approves an adoption, and its end where the child is under age; grown people agree in writing on its end.
    fn check_ruling(&self, facts: &Facts<'_>, findings: &mut Findings) {
        let text = ("須填裁判及確定日", "name the ruling and the day on which it became final");
        if facts.type_code != "ADOPTION" && self.is_agreed() {
            return check_agreement(facts, findings);
        }
        let law = if facts.type_code == "ADOPTION" { "民法 §1079" } else { "民法 §1080、§1080-1、§1081" };
        findings.unless(self.court_ruling.is_some(), "/fields/court_ruling", "required", law, text.0, text.1);
        findings.unless(self.final_on.is_some(), "/fields/final_on", "required", law, text.0, text.1);
    }

    /// How old the adopters are: of spouses who adopt together one 20 years older and the other 16 (民法 §1073).
    fn check_ages(&self, facts: &Facts<'_>, findings: &mut Findings) {
        let adopters: Vec<(usize, Option<PartialDate>)> =
            facts.placed(PartyRole::Adopter).map(|(index, adopter)| (index, adopter.birth_on)).collect();
        let text = (
            "夫妻之一方收養他方之子女者，他方非收養人，僅列一收養人",
            "of whoever adopts the spouse's child the spouse is no adopter: name one",
        );
        let is_one = !self.adopts_spouses_child || adopters.len() < 2;
        findings.unless(is_one, "/fields/adopts_spouses_child", "not_allowed", "民法 §1074", text.0, text.1);
        let Some(young) = facts.with(PartyRole::Adoptee).find_map(|party| party.birth_on) else { return };
        for (index, old) in &adopters {
            let Some(old) = old else { continue };
            // Whose day of birth is not known may be the one who is old enough.
            let is_older = |other: &PartialDate| other.age_on(young).reaches(APART).yes;
            let is_led = adopters.iter().any(|(one, other)| one != index && other.as_ref().is_none_or(is_older));
            let apart = if self.adopts_spouses_child || is_led { BY_MARRIAGE } else { APART };
            let (zh, en) = match (adopters.len(), apart) {
                (2.., APART) => (
                    format!("夫妻共同收養者，一方應長於被收養人 {APART} 歲以上，他方 {BY_MARRIAGE} 歲以上"),
                    format!("of spouses who adopt together one must be {APART} years older, and the other {BY_MARRIAGE}"),
                ),
                _ => (format!("收養人應長於被收養人 {apart} 歲以上"), format!("the adopter must be {apart} years older")),
            };
            let age = old.age_on(young).reaches(apart);
            findings.unless_age(age, &format!("/parties/{index}/birth_on"), "too_young", "民法 §1073", (&zh, &en));
        }
    }
}

/// Of whoever is under age a court approves what the two sides have agreed on.
fn check_agreement(facts: &Facts<'_>, findings: &mut Findings) {
    if !asks_for_age(facts.event()) {
        return;
    }
    for born in facts.with(PartyRole::Adoptee).filter_map(|child| child.birth_on) {
        let text = (
            "未成年人終止收養須經法院認可，請填裁判及確定日",
            "a court approves the end for whoever is under age: name the ruling and the day on which it became final",
        );
        findings.unless_age(is_of_age(born, facts.event()), "/fields/court_ruling", "required", "民法 §1080", text);
    }
}

/// Whether an agreement of that day hangs on the age of whoever was adopted.
pub fn asks_for_age(day: NaiveDate) -> bool {
    NaiveDate::from_ymd_opt(2007, 5, 23).is_some_and(|since| day >= since)
}
