//! What a change of a case would let stand in the register against each other: marriages at once, adoptions at once; and which
//! of the two goes.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::case::Case;
use super::entries;
use super::fields::Form;
use super::marriages;
use super::problems::REGISTER_CONTRADICTS;
use super::relations;
use super::status::{Status, placed};
use super::store;
use crate::auth::whoever::{account_of, is_of};
use crate::auth::{By, Involved};
use crate::db::{Conn, Id, Tx};
use crate::domain::case_path;
use crate::error::{Code, Error, Problem, Result, Text};
use crate::node::Node;
use crate::people::facts::{self, FactKind, NewFact, Rank, Word};
use crate::people::joins;
use crate::states::require_anothers;
use crate::text_enum;

/// A relation of somebody that stands against another.
#[derive(Debug)]
pub struct Entry {
    /// With whom, where the register knows.
    pub other: Option<Id>,
    pub from: NaiveDate,
    /// The case that registered it: `cases/{id}`.
    pub source: String,
}

text_enum! {
    /// Which of two entries that would stand at once stands by law.
    pub enum StandingEntry {
        /// The later one is void (民法 §985, §988; §1075, §1079-4): its registration is revoked
        Earlier = "EARLIER",
        /// Of marriages alone, where a divorce or a declaration of death is changed: the later one was concluded in good faith
        /// (民法 §988-1; 家事事件法 §163), and the earlier has ended by it
        Later = "LATER",
    }
}

text_enum! {
    /// What would stand twice.
    pub enum ContradictionKind {
        /// Two marriages of one person (民法 §985)
        Marriage = "MARRIAGE",
        /// Adoptions of one person by two who are not married to each other (民法 §1075)
        Adoption = "ADOPTION",
    }
}

/// Two marriages of one person, or two adoptions, that the register would hold for the same time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "kind": "MARRIAGE", "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "earlier_case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f",
    "earlier_from": "2010-03-01", "later_case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "later_from": "2026-11-23"
}))]
pub struct Contradiction {
    kind: ContradictionKind,
    /// Who is married, or adopted, twice.
    person_id: Id,
    earlier_case_id: Option<Id>,
    earlier_from: NaiveDate,
    later_case_id: Option<Id>,
    later_from: NaiveDate,
    #[serde(skip)]
    earlier: Entry,
    #[serde(skip)]
    later: Entry,
}

impl Contradiction {
    fn new(kind: ContradictionKind, person_id: Id, (earlier, later): (Entry, Entry)) -> Self {
        let case_of = |entry: &Entry| entries::case_of(&entry.source);
        Self {
            kind,
            person_id,
            earlier_case_id: case_of(&earlier),
            earlier_from: earlier.from,
            later_case_id: case_of(&later),
            later_from: later.from,
            earlier,
            later,
        }
    }

    /// Two marriages of one pair are both of theirs, and shown once.
    fn is_shown(&self, other: &Self) -> bool {
        (self.kind, &self.earlier.source, &self.later.source) == (other.kind, &other.earlier.source, &other.later.source)
    }
}

/// Those whom a case names, and has named before.
fn named(conn: &mut Conn, case: &Case, before: &[Id]) -> Result<Vec<Id>> {
    let parties = store::parties(conn, case.id)?;
    let mut people: Vec<Id> = placed(conn, &parties)?.into_iter().map(|(_, _, person)| person).collect();
    people.extend(joins::last_of(conn, before)?);
    Ok(people)
}

/// Those whom a change of a case touches: those whom it names and has named before, whom they are married to, and whom either has
/// adopted, since spouses alone adopt one person.
fn touched(conn: &mut Conn, node: &Node, case: &Case, before: &[Id]) -> Result<Vec<Id>> {
    let mut people = named(conn, case, before)?;
    for person in people.clone() {
        let status = Status::of(conn, node, person, None)?;
        people.extend(status.of_kind(FactKind::Marriage).filter_map(|fact| fact.other_id));
    }
    for person in people.clone() {
        people.extend(joins::naming(conn, person, &[FactKind::Parent])?);
    }
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

fn contradictions(conn: &mut Conn, node: &Node, case: &Case, before: &[Id]) -> Result<Vec<Contradiction>> {
    let mut found: Vec<Contradiction> = Vec::new();
    for person in touched(conn, node, case, before)? {
        let status = Status::of(conn, node, person, None)?;
        let marriages = marriages::at_once(conn, node, &status)?.into_iter();
        let marriages = marriages.map(|pair| Contradiction::new(ContradictionKind::Marriage, person, pair));
        let adoptions = relations::adoptions_at_once(conn, node, &status)?.into_iter();
        let adoptions = adoptions.map(|pair| Contradiction::new(ContradictionKind::Adoption, person, pair));
        for one in marriages.chain(adoptions) {
            if !found.iter().any(|shown| shown.is_shown(&one)) {
                found.push(one);
            }
        }
    }
    Ok(found)
}

/// After a change of a case: where two marriages or adoptions of somebody would stand at once, whoever approves it has to say
/// which of them stands; the cases to be revoked. A later marriage that stands ends the earlier one, which stands again if the
/// later is revoked; an adoption beside another is void whatever its parties knew.
/// Neither of the two people decides on an entry of their own.
pub fn settle(
    tx: &mut Tx,
    node: &Node,
    (by, proposer): (&By, &str),
    (case, before): (&Case, &[Id]),
    standing: Option<StandingEntry>,
) -> Result<Vec<Id>> {
    let touches = matches!(Form::of_type(&case.type_code), Form::Adoption | Form::Death | Form::Marriage | Form::Divorce);
    let found = if touches { contradictions(tx, node, case, before)? } else { Vec::new() };
    let refused =
        |zh: &'static str, en: &'static str| Err(Error::field("/confirm_contradictions", "not_allowed", Text::new(zh, en)));
    if found.is_empty() {
        let (zh, en) = ("查無須選擇之登記", "nothing contradicts: leave it out");
        return standing.map_or_else(|| Ok(Vec::new()), |_| refused(zh, en));
    }
    let people = found.iter().flat_map(|one| [Some(one.person_id), one.earlier.other, one.later.other]);
    let people: Vec<Id> = people.flatten().collect();
    require_anothers(tx, by, &people)?;
    if account_of(proposer).map_or(Ok(false), |account| is_of(tx, account, &Involved::from(&people), by.now.date()))? {
        return Err(Code::OWN_REQUEST.into());
    }
    match standing {
        None => Err(Problem::new(REGISTER_CONTRADICTS).with("contradictions", found).into()),
        Some(StandingEntry::Earlier) => {
            let mut void: Vec<Id> = found.iter().filter_map(|one| one.later_case_id).collect();
            void.sort_unstable();
            void.dedup();
            Ok(void)
        }
        Some(StandingEntry::Later) if found.iter().any(|one| one.kind == ContradictionKind::Adoption) => refused(
            "重複收養者，後收養無效（民法 §1075、§1079-4），僅得為 EARLIER",
            "of two adoptions the later one is void (民法 §1075, §1079-4): EARLIER alone is possible",
        ),
        Some(StandingEntry::Later) if !can_be_trusted(case, &named(tx, case, before)?, &found) => refused(
            "後婚因善意而存續，限信賴前婚之離婚登記、離婚確定判決（民法 §988、§988-1）或死亡宣告（家事事件法 §163）；其餘後婚無效，僅得為 EARLIER",
            "a later marriage stands by good faith in the divorce of the earlier one (民法 §988, §988-1) or in a declaration of death (家事事件法 §163) alone; otherwise it is void: EARLIER alone is possible",
        ),
        Some(StandingEntry::Later) => end_earlier(tx, node, by, case, found).map(|()| Vec::new()),
    }
}

/// Whether what is changed is that in which the parties of the later marriages can have trusted by law: the divorce of the earlier
/// ones, or a declaration of death of one of their parties.
fn can_be_trusted(case: &Case, named: &[Id], found: &[Contradiction]) -> bool {
    let is_named = |person: Id| named.contains(&person);
    let pair = |one: &Contradiction| [Some(one.person_id), one.earlier.other].into_iter().flatten();
    match Form::of_type(&case.type_code) {
        Form::Divorce => found.iter().all(|one| pair(one).all(is_named)),
        Form::Death => case.type_code == "DEATH_PRESUMED" && found.iter().all(|one| pair(one).any(is_named)),
        _ => false,
    }
}

/// Ends earlier marriages by the later ones: of those of whom they were entered.
fn end_earlier(tx: &mut Tx, node: &Node, by: &By, case: &Case, found: Vec<Contradiction>) -> Result<()> {
    for one in found {
        let cause = json!({"cause": case_path(case.id)});
        let word =
            Word { rank: Rank::Registered, source: one.later.source.clone(), paper: None, actor: by.caller.name(), now: by.now };
        for begun in facts::of_source(tx, &node.vault, &one.earlier.source, FactKind::Marriage)? {
            let (person, kind, other) = (begun.person_id, FactKind::MarriageEnd, begun.other_id);
            let valid_from = Some(one.later_from);
            facts::enter(tx, &node.vault, &word, &NewFact { person, kind, value: cause.clone(), other, valid_from })?;
        }
    }
    Ok(())
}
