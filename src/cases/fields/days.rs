//! The days that one case tells, against each other: one table of which of them cannot lie after which.

use super::{CaseFields, Facts, Findings, PartyRole};
use crate::calendar::PartialDate;

/// A day that a case tells.
#[derive(Clone, Copy, PartialEq)]
enum Day {
    Event,
    Died,
    /// On which a ruling became final.
    Final,
    /// Of leaving the country.
    Left,
    /// Of the ministry's decision.
    Permitted,
    /// On which the office takes it, where something takes effect by being registered and by nothing else.
    Registering,
    /// On which the parties of a role were born.
    Birth(PartyRole),
}

/// Two days of a case of these types, of which the first cannot lie after the second.
struct Order {
    types: &'static [&'static str],
    first: Day,
    second: Day,
    /// Where it is refused, and by which code.
    at: (Day, &'static str),
    law: &'static str,
    text: (&'static str, &'static str),
}

const DEATHS: &[&str] = &["DEATH", "DEATH_PRESUMED"];
const ADOPTIONS: &[&str] = &["ADOPTION", "ADOPTION_END"];
const RULINGS: &[&str] = &["ADOPTION", "ADOPTION_END", "DIVORCE_COURT"];
const SPOUSES: &[&str] = &["DIVORCE_AGREED", "DIVORCE_COURT", "MARRIAGE", "MARRIAGE_END_748"];
const GUARDIANS: &[&str] = &["ASSISTANCE", "GUARDIANSHIP"];
const PARENTS: &[&str] = &["PARENTAGE", "PARENTAL_RIGHTS"];
const NATIONALITIES: &[&str] = &["NAT_ACQUIRE", "NAT_LOSS", "NAT_RESTORE"];
const SUBJECTS: &[&str] = &[
    "ADDRESS_CHANGE",
    "ASSISTANCE",
    "GUARDIANSHIP",
    "HEAD_CHANGE",
    "HOUSEHOLD_MERGE",
    "HOUSEHOLD_SPLIT",
    "INDIGENOUS",
    "INITIAL",
    "MOVE_IN",
    "MOVE_OUT",
    "NAME_FULL",
    "NAME_GIVEN",
    "NAME_INDIGENOUS",
    "NAME_SPOUSE",
    "NAME_SURNAME",
    "NAME_TRUE",
    "NAT_ACQUIRE",
    "NAT_LOSS",
    "NAT_RESTORE",
    "PARENTAL_RIGHTS",
    "UID_CHANGE",
];
const MEMBERS: &[&str] = &["ADDRESS_CHANGE", "HOUSEHOLD_MERGE", "HOUSEHOLD_SPLIT", "INITIAL", "MOVE_IN", "MOVE_OUT"];

const CAPACITY: &str = "民法 §6";
const UNBORN: (&str, &str) = ("事件日早於當事人之出生日", "the event lies before the birth of a party");
const UNBORN_THEN: (&str, &str) = ("裁判確定日早於當事人之出生日", "the ruling became final before the birth of a party");
const OF_THE_BIRTH: (&str, &str) = (
    "與 event_on 不符：出生登記之事件日即當事人之出生日",
    "it differs from event_on: the event of a birth is the day on which its SUBJECT was born",
);

/// The event of any of these types is of people who are there.
const fn alive(types: &'static [&'static str], role: PartyRole) -> Order {
    Order { types, first: Day::Birth(role), second: Day::Event, at: (Day::Event, "range"), law: CAPACITY, text: UNBORN }
}

const fn ruled(types: &'static [&'static str], role: PartyRole) -> Order {
    Order { types, first: Day::Birth(role), second: Day::Final, at: (Day::Final, "range"), law: CAPACITY, text: UNBORN_THEN }
}

const fn born(first: Day, second: Day) -> Order {
    let at = (Day::Birth(PartyRole::Subject), "party_mismatch");
    Order { types: &["BIRTH"], first, second, at, law: "戶籍法 §48", text: OF_THE_BIRTH }
}

const ORDERS: [Order; 21] = [
    Order {
        types: DEATHS,
        first: Day::Birth(PartyRole::Deceased),
        second: Day::Died,
        at: (Day::Died, "range"),
        law: CAPACITY,
        text: ("早於出生日", "it lies before the birth"),
    },
    Order {
        types: DEATHS,
        first: Day::Died,
        second: Day::Event,
        at: (Day::Died, "range"),
        law: "戶籍法 §48",
        text: (
            "死亡日不得晚於 event_on（死亡或其確定之日）",
            "nobody dies after event_on, the day of the death or on which it became certain",
        ),
    },
    born(Day::Birth(PartyRole::Subject), Day::Event),
    born(Day::Event, Day::Birth(PartyRole::Subject)),
    Order {
        types: &["MARRIAGE"],
        first: Day::Registering,
        second: Day::Event,
        at: (Day::Event, "range"),
        law: "民法 §982",
        text: (
            "國內結婚自登記之日生效，事件日不得早於受理日（草稿為其受理之日）；97 年 5 月 22 日以前之儀式婚或國外結婚者除外",
            "a marriage in the country is concluded by its registration: event_on is no earlier than the day of receipt, of a draft that of its acceptance, but for a ceremony up to 2008-05-22 and for a marriage abroad",
        ),
    },
    Order {
        types: &["DIVORCE_AGREED", "MARRIAGE_END_748"],
        first: Day::Registering,
        second: Day::Event,
        at: (Day::Event, "range"),
        law: "民法 §1050、司法院釋字第七四八號解釋施行法 §16",
        text: (
            "國內兩願離婚或終止結婚自登記之日生效，事件日不得早於受理日（草稿為其受理之日）；74 年 6 月 4 日以前之兩願離婚或在國外者除外",
            "by agreement a marriage in the country ends by its registration: event_on is no earlier than the day of receipt, of a draft that of its acceptance, but for a divorce up to 1985-06-04 and for one abroad",
        ),
    },
    Order {
        types: RULINGS,
        first: Day::Final,
        second: Day::Event,
        at: (Day::Final, "range"),
        law: "戶籍法 §48",
        text: ("裁判確定日不得晚於 event_on", "no ruling becomes final after event_on, from which the period of law runs"),
    },
    Order {
        types: &["MOVE_OUT"],
        first: Day::Left,
        second: Day::Event,
        at: (Day::Left, "range"),
        law: "戶籍法 §16 III",
        text: ("出境日不得晚於 event_on", "nobody leaves the country after event_on"),
    },
    Order {
        types: NATIONALITIES,
        first: Day::Birth(PartyRole::Subject),
        second: Day::Permitted,
        at: (Day::Permitted, "range"),
        law: CAPACITY,
        text: ("許可日早於當事人之出生日", "the permission lies before the birth of a party"),
    },
    alive(SPOUSES, PartyRole::Spouse),
    ruled(&["DIVORCE_COURT"], PartyRole::Spouse),
    alive(ADOPTIONS, PartyRole::Adoptee),
    alive(ADOPTIONS, PartyRole::Adopter),
    ruled(ADOPTIONS, PartyRole::Adoptee),
    ruled(ADOPTIONS, PartyRole::Adopter),
    alive(SUBJECTS, PartyRole::Subject),
    Order {
        types: &["PARENTAGE"],
        first: Day::Birth(PartyRole::Subject),
        second: Day::Event,
        at: (Day::Event, "range"),
        law: "民法 §7、§1065",
        text: (
            "胎兒出生前所為之認領自出生時發生效力：事件日填出生日",
            "an acknowledgment before the birth takes effect with the birth: event_on is the day of birth",
        ),
    },
    alive(MEMBERS, PartyRole::Member),
    alive(GUARDIANS, PartyRole::Guardian),
    alive(PARENTS, PartyRole::Father),
    alive(PARENTS, PartyRole::Mother),
];

impl Day {
    /// As the case tells it, of each party that has one.
    fn told(self, fields: &CaseFields, facts: &Facts<'_>) -> Vec<(usize, PartialDate)> {
        let one = match (self, fields) {
            (Self::Birth(role), _) => {
                return facts.placed(role).filter_map(|(index, party)| Some((index, party.birth_on?))).collect();
            }
            (Self::Event, _) => facts.event_on.map(PartialDate::Day),
            (Self::Died, CaseFields::Death(death)) => Some(death.died_on),
            (Self::Final, CaseFields::Divorce(divorce)) => divorce.final_on.map(PartialDate::Day),
            (Self::Final, CaseFields::Adoption(adoption)) => adoption.final_on.map(PartialDate::Day),
            (Self::Left, CaseFields::MoveOut(moved)) => moved.left_on.map(PartialDate::Day),
            (Self::Permitted, CaseFields::Nationality(nationality)) => nationality.permitted_on().map(PartialDate::Day),
            (Self::Registering, _) => {
                Some(PartialDate::Day(facts.effective_from)).filter(|_| !fields.stands_by_itself(facts.event_on))
            }
            _ => None,
        };
        one.map(|day| (0, day)).into_iter().collect()
    }

    fn pointer(self, index: usize) -> String {
        match self {
            Self::Event | Self::Registering => "/event_on".to_owned(),
            Self::Died => "/fields/died_on".to_owned(),
            Self::Final => "/fields/final_on".to_owned(),
            Self::Left => "/fields/left_on".to_owned(),
            Self::Permitted => "/fields/permission/permitted_on".to_owned(),
            Self::Birth(_) => format!("/parties/{index}/birth_on"),
        }
    }
}

/// Refuses days that cannot be true together, as far as each is known. Of a member that is refused already nothing more is said.
pub(super) fn check(fields: &CaseFields, facts: &Facts<'_>, findings: &mut Findings) {
    for order in ORDERS.iter().filter(|order| order.types.contains(&facts.type_code)) {
        let (at, code) = order.at;
        let firsts = order.first.told(fields, facts);
        for (one, first) in firsts {
            for (other, second) in order.second.told(fields, facts) {
                let pointer = at.pointer(if at == order.first { one } else { other });
                let is_told = findings.0.iter().any(|found| found.pointer == pointer);
                if first.earliest() > second.latest() && !is_told {
                    findings.add(&pointer, code, order.law, order.text.0, order.text.1);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::types::reference::first_types;
    use super::ORDERS;

    #[test]
    fn the_table_names_types_that_there_are() {
        let types = first_types();
        for code in ORDERS.iter().flat_map(|order| order.types) {
            assert!(types.iter().any(|one| one.code == *code), "{code}");
        }
    }
}
