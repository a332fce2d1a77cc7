//! What certificates of entries say, of marriages and their ends, changes of name, moves, seals, whether the register holds it, and
//! who looks at it before it is given. One rule for cases and for certificates that are issued at once.

use diesel::prelude::*;

use super::fields::{Findings, Form, PartyRole};
use super::nationals::{has_lost, is_outside, must_be_national};
use super::states::CaseStatus;
use super::status::{Matter, Status};
use super::{entries, marriage_forms, residence, seals};
use crate::db::{Conn, Id};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::node::Node;
use crate::people::facts::{self, Fact, FactKind, Rank};
use crate::people::{self, Identifier, joins, names, numbers};
use crate::schema::{case_parties, cases};

/// Of a divorce (民法 §1049, §1052).
pub const DIVORCE: &str = "CERT_DIVORCE";
/// Of the end of a marriage of two of one sex (司法院釋字第七四八號解釋施行法).
pub const END_748: &str = "CERT_MARRIAGE_END";
/// Of who is whose kin (戶籍法 §65-1).
pub const KINSHIP: &str = "KINSHIP";

/// Of which entries a record is: of which forms, and in which parts they name its person.
const RECORDS: [(&str, &[Form], &[PartyRole]); 3] = [
    ("CERT_MARRIAGE_RECORD", &[Form::Marriage, Form::Divorce], &[PartyRole::Spouse]),
    ("CERT_MOVE_RECORD", &[Form::MoveIn, Form::MoveOut, Form::MoveWithin], &[PartyRole::Subject, PartyRole::Member]),
    ("CERT_NAME_RECORD", &[Form::Name], &[PartyRole::Subject]),
];

/// Whether a kind of certificate is a record of such entries as a case of a type makes of somebody in a role.
pub fn is_recorded(kind: &str, type_code: &str, role: PartyRole) -> bool {
    let form = Form::of_type(type_code);
    RECORDS.iter().any(|(one, forms, roles)| *one == kind && forms.contains(&form) && roles.contains(&role))
}

/// Whether any of the entries of which a record is stands; `None` where there has never been one of somebody.
fn stands_in_record(conn: &mut Conn, node: &Node, (forms, roles): (&[Form], &[PartyRole]), person: Id) -> Result<Option<bool>> {
    let records = joins::records(conn, person)?;
    let parties = case_parties::table.filter(case_parties::person_id.eq_any(records.iter().copied()));
    let parties: Vec<(Id, PartyRole)> = parties.select((case_parties::case_id, case_parties::role)).load(conn)?;
    let own: Vec<Id> = parties.into_iter().filter(|(_, role)| roles.contains(role)).map(|(case, _)| case).collect();
    let mut ever = own.clone();
    // An entry that named somebody by mistake has left what was struck of them.
    for record in records {
        let all = facts::all(conn, &node.vault, record)?.into_iter();
        let struck = all.filter(|fact| fact.rank == Rank::Registered && fact.struck.is_some());
        ever.extend(struck.filter_map(|fact| entries::case_of(&fact.source)));
    }
    let entered = cases::table.filter(cases::id.eq_any(ever)).filter(cases::registered_at.is_not_null());
    let mut entered: Vec<(Id, String, CaseStatus)> = entered.select((cases::id, cases::type_code, cases::status)).load(conn)?;
    entered.retain(|(_, type_code, _)| forms.contains(&Form::of_type(type_code)));
    let stands = |(id, _, status): &(Id, String, CaseStatus)| own.contains(id) && *status != CaseStatus::Revoked;
    Ok((!entered.is_empty()).then(|| entered.iter().any(stands)))
}

/// Which kind of certificate certifies the end of a marriage; none the end by a later marriage (民法 §988-1), which nobody has
/// registered as one.
fn certified_by(conn: &mut Conn, node: &Node, end: &Fact) -> Result<Option<&'static str>> {
    let Some(id) = entries::case_of(&end.source) else { return Ok(None) };
    let case = entries::case(conn, id)?;
    if Form::of_type(&case.type_code) != Form::Divorce {
        return Ok(None);
    }
    let is_748 = match (case.type_code.as_str(), end.other_id) {
        ("MARRIAGE_END_748", _) => true,
        // A court ends either.
        ("DIVORCE_COURT", Some(other)) => marriage_forms::are_of_one_sex(conn, node, (end.person_id, other))? == Some(true),
        _ => false,
    };
    Ok(Some(if is_748 { END_748 } else { DIVORCE }))
}

/// Whether the register holds what a kind of certificate says of somebody; `None` where it knows nothing of the kind at all, as of
/// entries of before it was kept: then the paper that is shown tells.
fn holds(conn: &mut Conn, node: &Node, kind: &str, person: Id) -> Result<Option<bool>> {
    if kind == "SEAL_CERT" {
        return seals::has_seal(conn, person).map(Some);
    }
    if let Some(&(_, forms, roles)) = RECORDS.iter().find(|(one, ..)| *one == kind) {
        return stands_in_record(conn, node, (forms, roles), person);
    }
    if !is_of_marriages(kind) {
        return Ok(Some(true));
    }
    let mut known = Vec::new();
    for record in joins::records(conn, person)? {
        known.extend(facts::all(conn, &node.vault, record)?);
    }
    known.retain(|fact| fact.rank == Rank::Registered && matches!(fact.kind, FactKind::Marriage | FactKind::MarriageEnd));
    for fact in known.iter().filter(|fact| fact.struck.is_none()) {
        let is_held = match fact.kind {
            FactKind::Marriage => kind == "CERT_MARRIAGE",
            _ => certified_by(conn, node, fact)? == Some(kind),
        };
        if is_held {
            return Ok(Some(true));
        }
    }
    Ok((!known.is_empty()).then_some(false))
}

fn is_of_marriages(kind: &str) -> bool {
    ["CERT_MARRIAGE", DIVORCE, END_748].contains(&kind)
}

/// Kinds that show what the register has of somebody; a foreigner has no entry of their own, and is in it by what a case has
/// registered of them.
const OF_THE_REGISTER: [&str; 12] = [
    DIVORCE,
    "CERT_MARRIAGE",
    END_748,
    "CERT_MARRIAGE_RECORD",
    "CERT_MOVE_RECORD",
    "CERT_NAME_RECORD",
    KINSHIP,
    "PHOTO_FILE",
    "RECORD_COPY",
    "RECORD_VIEW",
    "TRANSCRIPT_EN",
    "TRANSCRIPT_ZH",
];

/// Why a kind of certificate is not given of somebody: code, law and words.
struct Flaw {
    code: &'static str,
    law: &'static str,
    zh: &'static str,
    en: &'static str,
}

const NOT_NATIONAL: &str = "not_national";

const NO_HOUSEHOLD: Flaw = Flaw {
    code: NOT_NATIONAL,
    law: "戶籍法 §4、§15",
    zh: "僅設有戶籍之國民得申請；持外國證件或統一證號者請先辦理初設戶籍登記",
    en: "it is for nationals with a household registration: whoever has a foreign paper or a resident number registers one first",
};

const LOST: Flaw = Flaw {
    code: NOT_NATIONAL,
    law: "戶籍法 §4、§15",
    zh: "此人已登記喪失國籍",
    en: "the register says that this person has lost the nationality",
};

const NOT_ENTERED: Flaw = Flaw {
    code: NOT_NATIONAL,
    law: "戶籍法 §4、§65",
    zh: "此人未設有戶籍，且無任何戶籍登記事項可資證明",
    en: "this person has no household registration, and no entry names them: there is nothing to certify",
};

const NOT_HELD: Flaw = Flaw {
    code: "not_registered",
    law: "戶籍法 §65",
    zh: "現行登記並無所欲證明之登記；請先查明，並補辦或更正該登記",
    en: "the register does not hold what is to be certified: look into it, and enter or correct that registration first",
};

/// Whether a case has registered anything of somebody that stands.
fn is_entered(conn: &mut Conn, node: &Node, person: Id) -> Result<bool> {
    for record in joins::records(conn, person)? {
        let all = facts::all(conn, &node.vault, record)?;
        if all.iter().any(|fact| fact.rank == Rank::Registered && fact.struck.is_none()) {
            return Ok(true);
        }
    }
    Ok(!joins::naming(conn, person, &[FactKind::Parent])?.is_empty())
}

/// Whether a kind of certificate is given to nationals, or of whoever the register has an entry of, and somebody is neither, whom the
/// office knows or does not.
fn outside(conn: &mut Conn, node: &Node, kind: &str, (person, known): (Option<Id>, &Identifier)) -> Result<Option<Flaw>> {
    if must_be_national(kind, PartyRole::Subject) {
        if is_outside(known) {
            return Ok(Some(NO_HOUSEHOLD));
        }
        if let Some(person) = person
            && has_lost(&Status::of(conn, node, person, None)?)
        {
            return Ok(Some(LOST));
        }
    }
    let is_foreign = OF_THE_REGISTER.contains(&kind) && is_outside(known);
    if is_foreign && !person.map_or(Ok(false), |person| is_entered(conn, node, person))? {
        return Ok(Some(NOT_ENTERED));
    }
    Ok(None)
}

/// What keeps a kind of certificate from being given of somebody.
fn flaw(
    conn: &mut Conn,
    node: &Node,
    kind: &str,
    (person, name, known): (Option<Id>, &str, &Identifier),
) -> Result<Option<Flaw>> {
    if let Some(flaw) = outside(conn, node, kind, (person, known))? {
        return Ok(Some(flaw));
    }
    let held = person.map_or(Ok(None), |person| holds(conn, node, kind, person))?;
    let is_unborn = shows_entries(kind) && is_unborn(conn, node, person, (name, known))?;
    Ok((held == Some(false) || is_unborn).then_some(NOT_HELD))
}

/// Refuses an application for a certificate of somebody who has no household registration, and of whom there is no entry.
pub fn require_entered(
    conn: &mut Conn,
    node: &Node,
    kind: &str,
    (person, known): (Id, &Identifier),
    pointer: &str,
) -> Result<()> {
    match outside(conn, node, kind, (Some(person), known))? {
        Some(Flaw { code, law, zh, en }) => {
            Err(Error::field(known.pointer(pointer), code, Text::new(format!("{zh}（{law}）"), format!("{en} ({law})"))))
        }
        None => Ok(()),
    }
}

/// Whether all that was registered of somebody began with a birth that was revoked: by a record of theirs, or by one of their number
/// and name of which nothing stands any more.
fn is_unborn(conn: &mut Conn, node: &Node, person: Option<Id>, (name, number): (&str, &Identifier)) -> Result<bool> {
    let records = person.map_or(Ok(Vec::new()), |person| joins::records(conn, person))?;
    let mut known = Vec::new();
    for record in records {
        known.extend(facts::all(conn, &node.vault, record)?);
    }
    if known.iter().any(|fact| fact.rank == Rank::Registered && fact.struck.is_none()) {
        return Ok(false);
    }
    for empty in numbers::emptied(conn, &node.vault, number)?.into_iter().filter(|one| names::passes_for(&one.name, name)) {
        known.extend(facts::all(conn, &node.vault, empty.id)?);
    }
    known.retain(|fact| fact.rank == Rank::Registered && matches!(fact.kind, FactKind::Parent | FactKind::Sex));
    for id in known.iter().filter_map(|fact| entries::case_of(&fact.source)) {
        let case = entries::case(conn, id)?;
        if Form::of_type(&case.type_code) == Form::Birth && case.status == CaseStatus::Revoked {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a case of a type shows what the register holds of its subject.
fn shows_entries(type_code: &str) -> bool {
    let is_shown = matches!(Form::of_type(type_code), Form::Transcript | Form::HouseholdCertificate);
    is_shown || type_code.starts_with("CERT_") || matches!(type_code, "KINSHIP" | "PHOTO_FILE" | "RECORD_COPY" | "RECORD_VIEW")
}

/// Refuses a certificate that the office of the household registration alone gives to whoever has left the area.
pub fn require_here(conn: &mut Conn, node: &Node, kind: &str, person: Id) -> Result<()> {
    if residence::here_alone(kind).is_none() || !residence::has_left(conn, node, person)? {
        return Ok(());
    }
    Err(Problem::new(Code::CONFLICT).detail(residence::LEFT.0, residence::LEFT.1).into())
}

/// Refuses to certify what the register does not hold.
pub fn require_held(conn: &mut Conn, node: &Node, kind: &str, person: Id) -> Result<()> {
    let (name, known) = people::store::open(conn, &node.vault, person)?;
    match flaw(conn, node, kind, (Some(person), &name, &known))? {
        Some(flaw) => Err(Problem::new(Code::CONFLICT).detail(flaw.zh, flaw.en).into()),
        None => Ok(()),
    }
}

/// The same, of the subject of a case for such a certificate.
pub fn held(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    if !shows_entries(matter.type_code) {
        return Ok(());
    }
    let mut subjects = Vec::new();
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject) {
        let (name, known) = people::store::open(conn, &node.vault, *person)?;
        subjects.push((*index, Some(*person), name, known));
    }
    let strangers = matter.strangers.iter().filter(|(_, party)| party.role == PartyRole::Subject);
    subjects.extend(strangers.map(|(index, party)| (*index, None, party.name.as_str().to_owned(), party.national_id.clone())));
    for (index, person, name, known) in subjects {
        // That a household certificate is for nationals is another rule of cases.
        let flaw = if OF_THE_REGISTER.contains(&matter.type_code) {
            flaw(conn, node, matter.type_code, (person, &name, &known))?
        } else {
            is_unborn(conn, node, person, (&name, &known))?.then_some(NOT_HELD)
        };
        if let Some(flaw) = flaw {
            findings.add(&format!("/parties/{index}/national_id"), flaw.code, flaw.law, flaw.zh, flaw.en);
        }
    }
    Ok(())
}

/// Who else looks at a certificate before it is given, beside whoever took the application.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SecondLook {
    /// Another member of staff: data on kinship are double-checked (親等關聯辦法 §10).
    Another,
    /// A section chief or the director: the register knows nothing of the marriage (戶籍法 §66-1).
    Supervisor,
}

/// What is said of a certificate that a supervisor gives.
pub const MARRIAGE_UNKNOWN: (&str, &str) = (
    "現行登記查無其婚姻，須由股長或主任查明後辦理（戶籍法 §66-1）",
    "the register knows of no marriage: a section chief or the director looks into it (戶籍法 §66-1)",
);

/// Who else looks at a kind of certificate of somebody; nobody at most of them.
pub fn second_look(conn: &mut Conn, node: &Node, kind: &str, person: Id) -> Result<Option<SecondLook>> {
    if kind == KINSHIP {
        return Ok(Some(SecondLook::Another));
    }
    let is_unknown = is_of_marriages(kind) && holds(conn, node, kind, person)?.is_none();
    Ok(is_unknown.then_some(SecondLook::Supervisor))
}

/// The subjects of a case for such a certificate of whose marriages the register knows nothing, by their places.
pub fn uncertain(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Vec<usize>> {
    if !is_of_marriages(matter.type_code) {
        return Ok(Vec::new());
    }
    let strangers = matter.strangers.iter().filter(|(_, party)| party.role == PartyRole::Subject);
    let mut found: Vec<usize> = strangers.map(|(index, _)| *index).collect();
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject) {
        if second_look(conn, node, matter.type_code, *person)? == Some(SecondLook::Supervisor) {
            found.push(*index);
        }
    }
    Ok(found)
}
