//! What somebody can do in law by themselves (民法 §13–§15-2, §75–§79). Only what cases have registered refuses, and what an
//! application says itself (`cases/who_applies.rs`): a day of birth that was seen asks for a paper, and one that is only claimed
//! for nothing.

use chrono::NaiveDate;

use super::facts::{Fact, FactKind, Rank, known_in};
use super::wards::{self, Birth};
use super::{holding, joins};
use crate::calendar::{OfAge, PartialDate};
use crate::db::{Conn, Id};
use crate::error::{FieldError, Result, Text};
use crate::secrets::vault::Vault;

/// What an act asks of whoever does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Nothing: a face is looked at, a visit is asked for.
    Nothing,
    /// That somebody tells what they must, or does what the law lets minors do: limited capacity suffices (戶籍法 §29, §36, §57).
    Duty,
    /// Capacity (民法 §75, §77).
    Capacity,
    /// Capacity, and of whoever is under assistance the assistant's consent: it binds their property (民法 §15-2).
    Property,
    /// To understand what nobody can do in another's place, such as to marry: under guardianship a paper shows that.
    Understanding,
}

/// What limits somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// 受監護宣告 (民法 §15)
    Guardianship,
    /// Under seven (民法 §13 I)
    Childhood(OfAge),
    /// Under eighteen (民法 §12, §13 II)
    Minority(OfAge),
    /// 受輔助宣告 (民法 §15-2)
    Assistance,
}

/// How somebody does an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Alone,
    /// With the consent of their legal representative or assistant, which a paper shows.
    WithConsent(Limit),
    /// With a paper that they understand it.
    WithProof,
    /// Not at all: their legal representative does it for them.
    Represented(Limit),
}

/// What somebody can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    limit: Option<Limit>,
    /// Whether a case has registered what limits them.
    is_registered: bool,
}

impl Limit {
    /// The limit of an age, on a day.
    pub fn of_age(born: PartialDate, day: NaiveDate) -> Option<Self> {
        let age = born.age_on(day);
        let (seven, eighteen) = (age.reaches(7), age.reaches(18));
        if !seven.yes {
            return Some(Self::Childhood(seven));
        }
        (!eighteen.yes).then_some(Self::Minority(eighteen))
    }

    fn manner(self, demand: Demand) -> Manner {
        match (self, demand) {
            (_, Demand::Nothing) => Manner::Alone,
            (Self::Guardianship, Demand::Understanding) => Manner::WithProof,
            (Self::Guardianship | Self::Childhood(_), _) => Manner::Represented(self),
            (Self::Minority(_), Demand::Duty) => Manner::Alone,
            (Self::Minority(_), _) | (Self::Assistance, Demand::Property) => Manner::WithConsent(self),
            (Self::Assistance, _) => Manner::Alone,
        }
    }

    /// The article, and what it says.
    pub fn words(self) -> (&'static str, String, String) {
        match self {
            Self::Guardianship => (
                "民法 §15、§75、§76",
                "已登記受監護宣告，無行為能力，應由監護人代為之".to_owned(),
                "the register says that this person is under guardianship and has no capacity: the guardian acts for them"
                    .to_owned(),
            ),
            Self::Childhood(age) => {
                let (zh, en) = age.words();
                (
                    "民法 §13、§75、§76",
                    format!("未滿七歲，無行為能力，應由法定代理人代為之{zh}"),
                    format!("nobody under seven has capacity: the legal representative acts for them{en}"),
                )
            }
            Self::Minority(age) => {
                let (zh, en) = age.words();
                (
                    "民法 §12、§13、§77",
                    format!("未滿十八歲，須有法定代理人之同意書{zh}"),
                    format!("under eighteen the legal representative consents: show that paper{en}"),
                )
            }
            Self::Assistance => (
                "民法 §15-2",
                "已登記受輔助宣告，須有輔助人之同意書".to_owned(),
                "the register says that this person is under assistance: the assistant consents, show that paper".to_owned(),
            ),
        }
    }

    fn text(self) -> Text {
        let (law, zh, en) = self.words();
        Text::new(format!("{zh}（{law}）"), format!("{en} ({law})"))
    }

    /// The refusal of whoever has no capacity.
    pub fn refusal(self, pointer: impl Into<String>) -> FieldError {
        FieldError::new(pointer, "no_capacity", self.text())
    }

    /// The refusal where the paper of a consent is wanted at a member.
    pub fn without_consent(self, pointer: impl Into<String>) -> FieldError {
        FieldError::new(pointer, "required", self.text())
    }
}

impl Capacity {
    /// How they do an act. What no case has registered asks for a paper at most.
    pub fn manner(self, demand: Demand) -> Manner {
        match self.limit.map_or(Manner::Alone, |limit| limit.manner(demand)) {
            Manner::Represented(limit) if !self.is_registered => Manner::WithConsent(limit),
            manner => manner,
        }
    }

    /// The limit that a case has registered.
    pub fn registered(self) -> Option<Limit> {
        self.limit.filter(|_| self.is_registered)
    }
}

/// Whether somebody is of age on a day by the day of birth that a case has registered; `None` where none has.
pub fn is_registered_of_age(conn: &mut Conn, vault: &Vault, person: Id, day: NaiveDate) -> Result<Option<OfAge>> {
    let registered = Birth::of(conn, vault, person)?.filter(|birth| birth.rank == Rank::Registered);
    Ok(registered.map(|birth| birth.on.age_on(day).reaches(18)))
}

/// What somebody can do on a day, whichever of their records says so. Of guardianship and assistance the latest ruling until then
/// holds, and one that names nobody is their end. Whoever has a guardian since they are under age can do what their age lets them do.
pub fn of(conn: &mut Conn, vault: &Vault, person: Id, day: NaiveDate) -> Result<Capacity> {
    let records = joins::records(conn, person)?;
    let kinds = [FactKind::BirthOn, FactKind::Guardianship, FactKind::Assistance];
    let facts = known_in(conn, vault, &records, &kinds)?;
    let birth = Birth::among(&facts);
    let has_begun = |fact: &&Fact| fact.rank == Rank::Registered && fact.valid_from.is_none_or(|from| from <= day);
    let rulings: Vec<Fact> = facts.iter().filter(has_begun).cloned().collect();
    let rulings: Vec<&Fact> = holding::latest(&rulings, &holding::CARE).filter(|one| one.other_id.is_some()).collect();
    let is_under = |kind: FactKind| rulings.iter().any(|one| one.kind == kind);
    let is_minors = rulings.iter().any(|one| wards::is_of_minor(one, birth));
    let registered = |limit: Limit| Capacity { limit: Some(limit), is_registered: true };
    if is_under(FactKind::Guardianship) && !is_minors {
        return Ok(registered(Limit::Guardianship));
    }
    let aged = birth.and_then(|birth| Some((Limit::of_age(birth.on, day)?, birth.rank)));
    Ok(match aged {
        // Of whoever has a guardian for their age a case has registered that they are under age.
        Some((limit, rank)) if rank == Rank::Registered || is_minors => registered(limit),
        _ if is_under(FactKind::Assistance) => registered(Limit::Assistance),
        Some((limit, _)) => Capacity { limit: Some(limit), is_registered: false },
        None => Capacity { limit: None, is_registered: false },
    })
}
