//! Which roles the parties of a case have, and how many of each: one table, which judges and is shown with the type.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::types::model::CaseType;
use super::{CaseFields, Form, PartyRole, related};
use crate::error::Text;

/// How many parties of these roles, taken together, a case of the type has: the fewest and the most that its `fields` may ask for
/// (`party_roles` tells where they do). `LEGAL_REPRESENTATIVE`, `GUARDIAN` and `OTHER` may be given beside them; any other role that
/// no line names is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"roles": ["MOTHER"], "at_least": 1, "at_most": 1}))]
pub struct RoleRule {
    /// Any of them counts.
    #[schema(min_items = 1, max_items = 12)]
    pub roles: Vec<PartyRole>,
    #[schema(minimum = 0, maximum = 30)]
    pub at_least: usize,
    /// `null`: as many as a case can have parties.
    #[schema(minimum = 1, maximum = 30)]
    pub at_most: Option<usize>,
    #[serde(skip)]
    pub law: &'static str,
}

/// Parts that somebody can have in a case of any type: they act for another, or are only named.
const ANYWHERE: [PartyRole; 3] = [PartyRole::Guardian, PartyRole::LegalRepresentative, PartyRole::Other];

/// Parts that others can have in a case of a type beside those of whom it asks for a number.
fn beside(type_code: &str) -> &'static [PartyRole] {
    use PartyRole::{Father, HouseholdHead, Member, Mother, Spouse, Subject};
    match Form::of_type(type_code) {
        Form::Birth => &[Subject, HouseholdHead],
        Form::Death => &[Spouse, HouseholdHead],
        Form::Adoption => &[Father, Mother, Spouse],
        Form::MoveIn | Form::MoveOut | Form::MoveWithin | Form::HouseholdCertificate => &[Member, HouseholdHead],
        Form::Name if type_code == "NAME_SPOUSE" => &[Spouse],
        Form::Name => &[Father, Mother],
        Form::HouseNumber => &[Subject],
        Form::Common => match type_code {
            "HEAD_CHANGE" | "HOUSEHOLD_MERGE" | "HOUSEHOLD_SPLIT" | "INITIAL" => &[Member, HouseholdHead],
            "BIRTHPLACE" | "INDIGENOUS" | "PARENT_NAME_CORRECTION" => &[Father, Mother],
            _ => &[],
        },
        _ => &[],
    }
}

/// Why nobody is in this part of a case of a type; `None` where somebody can be.
pub fn unknown(type_code: &str, role: PartyRole) -> Option<Text> {
    let rules = RoleRule::of_form((Form::of_type(type_code), type_code), None);
    let mut known: Vec<PartyRole> = rules.iter().flat_map(|rule| rule.roles.iter().copied()).chain(ANYWHERE).collect();
    known.sort_unstable_by_key(|one| one.as_str());
    known.dedup();
    if known.contains(&role) {
        return None;
    }
    let words: Vec<&str> = known.iter().map(|one| one.as_str()).collect();
    let zh = format!("此類案件之當事人無此身分；應為 {}", words.join("、"));
    Some(Text::new(zh, format!("nobody has this part in a case of the type; the parts are {}", words.join(", "))))
}

impl RoleRule {
    fn new(roles: &[PartyRole], (at_least, at_most): (usize, Option<usize>), law: &'static str) -> Self {
        Self { roles: roles.to_vec(), at_least, at_most, law }
    }

    /// The rules of a type; of a case whose fields are known those that hold for it.
    pub fn of(case_type: &CaseType, fields: Option<&CaseFields>) -> Vec<Self> {
        Self::of_form((case_type.rules.form, &case_type.code), fields)
    }

    fn of_form((form, type_code): (Form, &str), fields: Option<&CaseFields>) -> Vec<Self> {
        let mut rules = Self::counted((form, type_code), fields);
        let others = beside(type_code);
        rules.extend((!others.is_empty()).then(|| Self::new(others, (0, None), "")));
        rules
    }

    fn counted((form, type_code): (Form, &str), fields: Option<&CaseFields>) -> Vec<Self> {
        use PartyRole::{Adoptee, Adopter, Deceased, Father, Mother, Spouse, Subject};
        let subject = |law| vec![Self::new(&[Subject], (1, Some(1)), law)];
        match form {
            Form::Birth => {
                let law = "戶籍法 §29";
                let father = Self::new(&[Father], (0, Some(1)), law);
                match fields {
                    Some(CaseFields::Birth(birth)) if birth.is_of_nobody() => vec![Self::new(&[Subject], (1, Some(1)), law)],
                    Some(_) => vec![Self::new(&[Mother], (1, Some(1)), law), father],
                    // Of a foundling nobody knows her.
                    None => vec![Self::new(&[Mother], (0, Some(1)), law), father],
                }
            }
            Form::Death => vec![Self::new(&[Deceased], (1, Some(1)), "戶籍法 §36")],
            Form::Marriage => {
                let named = match fields {
                    // The one who has no number stands in the fields.
                    Some(CaseFields::Marriage(marriage)) if marriage.spouse_name.is_some() => (1, Some(2)),
                    Some(_) => (2, Some(2)),
                    None => (1, Some(2)),
                };
                vec![Self::new(&[Spouse], named, "戶籍法 §33")]
            }
            // A court divorces from somebody abroad as well, who has no number.
            Form::Divorce if type_code == "DIVORCE_COURT" => vec![Self::new(&[Spouse], (1, Some(2)), "戶籍法 §34")],
            Form::Divorce => vec![Self::new(&[Spouse], (2, Some(2)), "戶籍法 §34")],
            Form::Adoption => {
                vec![Self::new(&[Adoptee], (1, Some(1)), "戶籍法 §31"), Self::new(&[Adopter], (1, Some(2)), "民法 §1074")]
            }
            Form::MoveIn | Form::MoveOut | Form::MoveWithin => subject("戶籍法 §41"),
            Form::Name => subject("姓名條例 §13"),
            Form::Uid => subject("身分證辦法 §5"),
            Form::IdCard => subject("戶籍法 §60"),
            Form::HouseholdCertificate => subject("戶籍法 §63"),
            Form::Transcript => subject("戶籍法 §65"),
            Form::Seal => subject("印鑑登記辦法 §4"),
            Form::SealCertificate => subject("印鑑登記辦法 §8"),
            Form::Nationality => subject("國籍法"),
            Form::Passport => subject("護照條例"),
            Form::HouseNumber => Vec::new(),
            Form::Common => Self::of_common(type_code, fields),
        }
    }

    fn of_common(type_code: &str, fields: Option<&CaseFields>) -> Vec<Self> {
        use PartyRole::{Spouse, Subject};
        let Some((others, law)) = related(type_code) else {
            let (role, named) = match type_code {
                "MARRIAGE_BOOKING" => (Spouse, (1, Some(2))),
                // Of two it is told how they are related; numbers and roads are about nobody.
                "KINSHIP" | "POP_STATS" | "ROAD_NAME" => (Subject, (1, None)),
                // Whoever else is concerned applies themself: nobody does for a second person in their own matter.
                _ => (Subject, (1, Some(1))),
            };
            return vec![Self::new(&[role], named, "戶籍法")];
        };
        // Of a type it is not known; one that ends names nobody else.
        let ends = match fields {
            Some(CaseFields::Common(common)) => common.ends(),
            Some(_) => false,
            None => true,
        };
        vec![Self::new(&[Subject], (1, Some(1)), law), Self::new(others, (usize::from(!ends), None), law)]
    }

    /// What is wrong with so many parties of these roles.
    pub fn broken_by(&self, named: usize) -> Option<Text> {
        if named >= self.at_least && self.at_most.is_none_or(|most| named <= most) {
            return None;
        }
        let words: Vec<&str> = self.roles.iter().map(|role| role.as_str()).collect();
        let (zh, en) = match (self.at_least, self.at_most) {
            (least, Some(most)) if least == most => (format!("恰為 {least} 人"), format!("exactly {least}")),
            (0, Some(most)) => (format!("至多 {most} 人"), format!("at most {most}")),
            (least, Some(most)) => (format!("為 {least} 至 {most} 人"), format!("{least} to {most}")),
            (least, None) => (format!("至少 {least} 人"), format!("at least {least}")),
        };
        let zh = format!("parties 中 role 為 {} 者須{zh}，現有 {named} 人", words.join("、"));
        let en = format!("among the parties {en} must have the role {}, and {named} have it", words.join(" or "));
        Some(Text::new(zh, en))
    }
}
