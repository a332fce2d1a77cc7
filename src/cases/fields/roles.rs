//! Which roles the parties of a case have, and how many of each: one table, which judges and is shown with the type.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::types::model::CaseType;
use super::{CaseFields, Form, PartyRole, related};
use crate::error::Text;

/// How many parties of these roles, taken together, a case of the type has: the fewest and the most that its `fields` may ask for
/// (`party_roles` tells where they do). Roles that no line names may be given beside them.
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

impl RoleRule {
    fn new(roles: &[PartyRole], (at_least, at_most): (usize, Option<usize>), law: &'static str) -> Self {
        Self { roles: roles.to_vec(), at_least, at_most, law }
    }

    /// The rules of a type; of a case whose fields are known those that hold for it.
    pub fn of(case_type: &CaseType, fields: Option<&CaseFields>) -> Vec<Self> {
        use PartyRole::{Adoptee, Adopter, Deceased, Father, Mother, Spouse, Subject};
        let subject = |law| vec![Self::new(&[Subject], (1, Some(1)), law)];
        match case_type.rules.form {
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
            Form::Divorce if case_type.code == "DIVORCE_COURT" => vec![Self::new(&[Spouse], (1, Some(2)), "戶籍法 §34")],
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
            Form::Common => Self::of_common(&case_type.code, fields),
        }
    }

    fn of_common(type_code: &str, fields: Option<&CaseFields>) -> Vec<Self> {
        use PartyRole::{Adoptee, Deceased, Mother, Spouse, Subject};
        let Some((others, law)) = related(type_code) else {
            return vec![Self::new(&[Subject, Mother, Spouse, Deceased, Adoptee], (1, None), "戶籍法")];
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
