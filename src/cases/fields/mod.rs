//! What a case says beyond its parties: one typed form for each family of types, checked by rules that name their law.

pub mod adoption;
mod days;
mod entries;
mod identity;
mod movement;
mod papers;
mod personal;
mod renaming;
mod roles;
mod status;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::types::model::Relation;
use crate::calendar::{OfAge, PartialDate, Period};
use crate::error::{Code, Error, FieldError, Problem, Result, Text};
use crate::http::read_member;
use crate::people::{Identifier, Sex};
use crate::text_enum;

pub use identity::{NameFields, NameReason, NationalityFields, UidFields};
pub use movement::{HouseNumberFields, MoveInFields, MoveOutFields, MoveWithinFields};
pub use papers::{
    CardFields, CommonFields, HouseholdCertificateFields, PassportFields, RelationEvent, SealCertificateFields, SealFields,
    TranscriptFields,
};
pub use personal::{masked, numbers};
pub use renaming::refuse_corrected;
pub use roles::RoleRule;
pub use status::{AdoptionFields, BirthFields, DeathFields, DivorceFields, MarriageFields, SurnameFrom, witnessed_by};

text_enum! {
    /// What somebody is to the case.
    pub enum PartyRole {
        /// The person whom the entry is about
        Subject = "SUBJECT",
        Mother = "MOTHER",
        Father = "FATHER",
        Spouse = "SPOUSE",
        Deceased = "DECEASED",
        Adopter = "ADOPTER",
        Adoptee = "ADOPTEE",
        /// Moves or is entered together with the subject
        Member = "MEMBER",
        HouseholdHead = "HOUSEHOLD_HEAD",
        /// Consents, or applies, for a minor
        LegalRepresentative = "LEGAL_REPRESENTATIVE",
        Guardian = "GUARDIAN",
        Other = "OTHER",
    }
}

impl PartyRole {
    /// Whose case it is: these are compared when looking for a duplicate.
    pub fn is_principal(self) -> bool {
        matches!(self, Self::Subject | Self::Mother | Self::Spouse | Self::Deceased | Self::Adoptee)
    }
}

/// Whom a type without a form of its own relates to its SUBJECT, by their roles, and its law.
pub fn related(type_code: &str) -> Option<(&'static [PartyRole], &'static str)> {
    use PartyRole::{Father, Guardian, Mother};
    match type_code {
        "PARENTAGE" => Some((&[Father, Mother], "戶籍法 §7")),
        "GUARDIANSHIP" => Some((&[Guardian], "戶籍法 §11")),
        "ASSISTANCE" => Some((&[Guardian], "戶籍法 §12")),
        "PARENTAL_RIGHTS" => Some((&[Father, Mother], "戶籍法 §13")),
        _ => None,
    }
}

/// Parts in a case that are two people's.
pub fn apart(type_code: &str) -> &'static [(PartyRole, PartyRole)] {
    use PartyRole::{Adoptee, Adopter, Father, Guardian, Mother, Spouse, Subject};
    match type_code {
        "BIRTH" => &[(Mother, Father)],
        "PARENTAGE" | "PARENTAL_RIGHTS" => &[(Subject, Father), (Subject, Mother), (Mother, Father)],
        "GUARDIANSHIP" | "ASSISTANCE" => &[(Subject, Guardian), (Guardian, Guardian)],
        "MARRIAGE" | "DIVORCE_AGREED" | "DIVORCE_COURT" | "MARRIAGE_END_748" => &[(Spouse, Spouse)],
        "ADOPTION" | "ADOPTION_END" => &[(Adopter, Adoptee), (Adopter, Adopter)],
        _ => &[],
    }
}

/// A party as the rules see it.
#[derive(Clone, Debug)]
pub struct PartyFacts {
    pub role: PartyRole,
    pub name: String,
    pub number: Identifier,
    pub birth_on: Option<PartialDate>,
}

/// What the rules know of a case.
pub struct Facts<'a> {
    pub type_code: &'a str,
    /// What the applicant is to the person.
    pub relation: Relation,
    /// Changes of name for a special reason that the register knows.
    pub special_changes: u8,
    pub event_on: Option<NaiveDate>,
    /// The day of receipt.
    pub today: NaiveDate,
    /// From which on what takes effect by being registered alone can do so: the day on which the office takes it.
    pub effective_from: NaiveDate,
    pub parties: &'a [PartyFacts],
    pub by_proxy: bool,
    pub circumstances: &'a [String],
}

impl Facts<'_> {
    fn with(&self, role: PartyRole) -> impl Iterator<Item = &PartyFacts> {
        self.placed(role).map(|(_, party)| party)
    }

    /// Likewise, with their places.
    fn placed(&self, role: PartyRole) -> impl Iterator<Item = (usize, &PartyFacts)> {
        self.parties.iter().enumerate().filter(move |(_, party)| party.role == role)
    }

    fn event(&self) -> NaiveDate {
        self.event_on.unwrap_or(self.today)
    }
}

/// Rules that a case breaks, each with its article; and where a rule of age hangs on a day of birth that is known in part.
#[derive(Default)]
pub struct Findings(pub Vec<FieldError>, pub Vec<String>);

impl Findings {
    /// Notes a broken rule at a pointer below the body.
    pub fn add(&mut self, pointer: &str, code: &'static str, law: &str, zh: &str, en: &str) {
        let text = match law {
            "" => Text::new(zh.to_owned(), en.to_owned()),
            law => Text::new(format!("{zh}（{law}）"), format!("{en} ({law})")),
        };
        self.0.push(FieldError::new(pointer, code, text));
    }

    /// Whether the same rule is broken at the same place.
    pub fn has(&self, other: &FieldError) -> bool {
        self.0.iter().any(|one| (&one.pointer, &one.code) == (&other.pointer, &other.code))
    }

    pub fn unless(&mut self, holds: bool, pointer: &str, code: &'static str, law: &str, zh: &str, en: &str) {
        if !holds {
            self.add(pointer, code, law, zh, en);
        }
    }

    /// Refuses an age. Where the day of birth is known in part and the true one could turn the answer, nobody is refused and
    /// nothing allowed unseen: it is asked (民法 §124).
    pub fn unless_age(&mut self, age: OfAge, pointer: &str, code: &'static str, law: &str, (zh, en): (&str, &str)) {
        if age.is_rebuttable {
            self.1.push(pointer.to_owned());
        } else if pointer.ends_with("/birth_on") {
            let (zh, en) = (
                format!("{zh}；出生日期有誤者，請依證件填 birth_on"),
                format!("{en}; where the day of birth is wrong, say in birth_on what the paper says"),
            );
            self.unless(age.yes, pointer, code, law, &zh, &en);
        } else {
            self.unless(age.yes, pointer, code, law, zh, en);
        }
    }

    /// What was read; where it breaks rules they are noted, and the judgement goes on without it.
    pub fn taking<T>(&mut self, read: Result<T>) -> Result<Option<T>> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(Error::Problem(problem)) if problem.code == Code::INVALID => {
                self.0.extend(problem.errors);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Asks for as many parties of each role as the type wants.
    pub fn roles(&mut self, facts: &Facts<'_>, rules: &[RoleRule]) {
        for rule in rules {
            let named = facts.parties.iter().filter(|party| rule.roles.contains(&party.role)).count();
            if let Some(words) = rule.broken_by(named) {
                self.add("/parties", "parties", rule.law, &words.zh, &words.en);
            }
        }
    }

    /// Refuses parties in a part that a type does not know.
    pub fn known_roles(&mut self, type_code: &str, parties: impl Iterator<Item = (usize, PartyRole)>) {
        for (index, role) in parties {
            if let Some(words) = roles::unknown(type_code, role) {
                self.add(&format!("/parties/{index}/role"), "not_allowed", "", &words.zh, &words.en);
            }
        }
    }

    /// Refuses one person in two parts that must be two people's.
    fn distinct(&mut self, facts: &Facts<'_>) {
        let is_pair = |one: PartyRole, other: PartyRole| {
            apart(facts.type_code).iter().any(|pair| *pair == (one, other) || *pair == (other, one))
        };
        for (index, party) in facts.parties.iter().enumerate() {
            if facts.parties[..index].iter().any(|other| other.number == party.number && is_pair(party.role, other.role)) {
                self.two_parties(index);
            }
        }
    }

    /// Somebody is two parties of a case.
    pub fn two_parties(&mut self, index: usize) {
        let (zh, en) = ("同一人不得兼為二方當事人", "one person cannot be two parties of this case");
        self.add(&format!("/parties/{index}/national_id"), "same_person", "", zh, en);
    }

    /// Refuses a mother whose number is a man's, a father whose number is a woman's, and parents who were no ten years old.
    fn parents(&mut self, facts: &Facts<'_>, born: Option<PartialDate>, pointer: impl Fn(usize) -> String) {
        for (index, party) in facts.parties.iter().enumerate() {
            let sex = match party.role {
                PartyRole::Mother => Sex::Female,
                PartyRole::Father => Sex::Male,
                _ => continue,
            };
            let fits = party.number.sex().is_none_or(|one| one == sex);
            let text = ("統一編號之性別與父或母不符", "the number tells another sex than the mother's or the father's");
            self.unless(fits, &format!("/parties/{index}/national_id"), "pattern", "民法 §1061", text.0, text.1);
            // Of a day that is refused by itself, and of whoever would be their own parent, nothing more is said.
            let is_child = facts.with(PartyRole::Subject).any(|child| child.number == party.number);
            let known = party.birth_on.filter(|day| !is_child && day.earliest() <= facts.today);
            if let Some((parent, child)) = known.zip(born) {
                let age = parent.age_on(child).reaches(10);
                let text = ("出生日早於父或母滿 10 歲", "the parent was under ten at the birth");
                self.unless_age(age, &pointer(index), "range", "", text);
            }
        }
    }

    /// Refuses a day that has not come.
    fn past(&mut self, facts: &Facts<'_>, pointer: &str, day: NaiveDate) {
        let plausible = crate::http::is_plausible(day) && day <= facts.today;
        self.unless(plausible, pointer, "range", "", "日期不得晚於今日", "the day must not lie after today");
    }

    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Problem { errors: self.0, ..Problem::new(Code::INVALID) }.into())
    }
}

/// Of forms that have no rules beyond the roles of their parties.
trait NoRules {
    fn check(&self, _: &Facts<'_>, _: &mut Findings) {}
}

macro_rules! forms {
    ($($variant:ident $text:literal $kind:ident $fields:ident [$($code:literal),*];)+) => {
        text_enum! {
            /// Which set of fields a case has: the `kind` of its `fields`.
            pub enum Form { $($variant = $text),+ }
        }
        $(text_enum! {
            /// Marks the form.
            pub enum $kind { Only = $text }
        })+

        impl Form {
            /// The form of a type's cases; types without a form of their own have the common one.
            pub fn of_type(code: &str) -> Self {
                match code {
                    $($($code => Self::$variant,)*)+
                    _ => Self::Common,
                }
            }
        }

        /// What a case says beyond its parties, by the form of its type; `kind` tells the forms apart.
        #[derive(Clone, Debug, Serialize, ToSchema)]
        #[serde(untagged)]
        #[schema(discriminator(property_name = "kind", mapping(
            $(($text = concat!("#/components/schemas/", stringify!($fields)))),+
        )))]
        pub enum CaseFields { $($variant($fields)),+ }

        impl CaseFields {
            /// Reads the fields of a form; errors name the member below `/fields`.
            pub fn read(form: Form, value: &Value) -> Result<Self> {
                let read = match form { $(Form::$variant => read_member::<$fields>("/fields", value).map(Self::$variant)),+ };
                read.map_err(of_kind)
            }

            /// Reads fields that are kept, whatever more is asked of them today; a draft's may lack members.
            pub fn kept(form: Form, value: &Value) -> Result<Self> {
                let read = match form { $(Form::$variant => serde_json::from_value::<$fields>(value.clone()).map(Self::$variant)),+ };
                read.map_err(|_| Error::Internal("the fields of a case are not those of its form".to_owned()))
            }

            /// Judges the fields with all else that is known.
            pub fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
                match self { $(Self::$variant(fields) => fields.check(facts, findings)),+ }
                days::check(self, facts, findings);
            }
        }
    };
}

/// Of fields that are another form's, that alone: what they lack of this one says nothing.
fn of_kind(error: Error) -> Error {
    let Error::Problem(mut problem) = error else { return error };
    let is_kind = |error: &FieldError| error.pointer == "/fields/kind" && error.code != "required";
    if problem.errors.iter().any(is_kind) {
        problem.errors.retain(is_kind);
    }
    Error::Problem(problem)
}

impl CaseFields {
    /// Reads what a draft says so far: `None` where members are still missing, refused where one has the wrong shape.
    pub fn sketch(form: Form, value: &Value) -> Result<Option<Self>> {
        match Self::read(form, value) {
            Ok(fields) => Ok(Some(fields)),
            Err(Error::Problem(mut problem)) => {
                problem.errors.retain(|error| error.code != "required");
                if problem.errors.is_empty() { Ok(None) } else { Err(Error::Problem(problem)) }
            }
            Err(error) => Err(error),
        }
    }

    /// Whether two applications of one type for the same people are plainly two matters: twins, or different notes.
    pub fn is_another_matter(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Birth(one), Self::Birth(other)) => one.birth_order != other.birth_order && one.child_name != other.child_name,
            (Self::Common(one), Self::Common(other)) => one.matter.as_str() != other.matter.as_str(),
            (Self::Name(one), Self::Name(other)) => one.old_name != other.old_name && one.new_name != other.new_name,
            (Self::Uid(one), Self::Uid(other)) => one.old_number != other.old_number && one.new_number != other.new_number,
            _ => false,
        }
    }

    /// The period of law of this very case, where it is not its type's (戶籍法 §48).
    pub fn legal_period(&self, event_on: Option<NaiveDate>) -> Option<Period> {
        match self {
            Self::Marriage(_) | Self::Divorce(_) => self.stands_by_itself(event_on).then_some(Period::Days(30)),
            _ => None,
        }
    }

    /// Whether a marriage, or its end by agreement, stands without being registered.
    pub fn stands_by_itself(&self, event_on: Option<NaiveDate>) -> bool {
        match self {
            Self::Marriage(marriage) => marriage.stands_by_itself(event_on),
            Self::Divorce(divorce) => divorce.court_ruling.is_none() && divorce.stands_by_itself(event_on),
            _ => false,
        }
    }

    /// Whether it takes effect by being registered and by nothing else: a marriage in the country, or its end by agreement.
    pub fn needs_registration(&self, event_on: Option<NaiveDate>) -> bool {
        let is_agreed = match self {
            Self::Marriage(_) => true,
            Self::Divorce(divorce) => divorce.court_ruling.is_none(),
            _ => false,
        };
        is_agreed && !self.stands_by_itself(event_on)
    }
}

forms! {
    Birth "BIRTH" BirthKind BirthFields ["BIRTH"];
    Death "DEATH" DeathKind DeathFields ["DEATH", "DEATH_PRESUMED"];
    Marriage "MARRIAGE" MarriageKind MarriageFields ["MARRIAGE"];
    Divorce "DIVORCE" DivorceKind DivorceFields ["DIVORCE_AGREED", "DIVORCE_COURT", "MARRIAGE_END_748"];
    Adoption "ADOPTION" AdoptionKind AdoptionFields ["ADOPTION", "ADOPTION_END"];
    MoveIn "MOVE_IN" MoveInKind MoveInFields ["MOVE_IN"];
    MoveOut "MOVE_OUT" MoveOutKind MoveOutFields ["MOVE_OUT"];
    MoveWithin "MOVE_WITHIN" MoveWithinKind MoveWithinFields ["ADDRESS_CHANGE"];
    Name "NAME" NameKind NameFields ["NAME_SURNAME", "NAME_GIVEN", "NAME_FULL", "NAME_SPOUSE", "NAME_TRUE", "NAME_INDIGENOUS", "NAME_CORRECTION"];
    Uid "UID" UidKind UidFields ["UID_CORRECTION", "UID_CHANGE"];
    IdCard "ID_CARD" CardKind CardFields ["ID_FIRST", "ID_REISSUE", "ID_REPLACE"];
    HouseholdCertificate "HOUSEHOLD_CERTIFICATE" HouseholdCertificateKind HouseholdCertificateFields ["HC_FIRST", "HC_REISSUE", "HC_REPLACE"];
    Transcript "TRANSCRIPT" TranscriptKind TranscriptFields ["TRANSCRIPT_ZH", "TRANSCRIPT_EN"];
    Seal "SEAL" SealKind SealFields ["SEAL_REGISTER", "SEAL_CHANGE", "SEAL_CANCEL"];
    SealCertificate "SEAL_CERTIFICATE" SealCertificateKind SealCertificateFields ["SEAL_CERT"];
    Nationality "NATIONALITY" NationalityKind NationalityFields ["NAT_ACQUIRE", "NAT_LOSS", "NAT_RESTORE", "NAT_CERT"];
    HouseNumber "HOUSE_NUMBER" HouseNumberKind HouseNumberFields ["DOOR_NEW", "DOOR_CHANGE", "DOOR_CERT"];
    Passport "PASSPORT" PassportKind PassportFields ["PASSPORT_ID"];
    Common "COMMON" CommonKind CommonFields [];
}

/// The sex that a number tells, for rules that ask.
fn sexes(facts: &Facts<'_>, role: PartyRole) -> Vec<Sex> {
    facts.with(role).filter_map(|party| party.number.sex()).collect()
}
