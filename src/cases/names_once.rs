//! Changes of name that the law allows once, or of a spouse's or a parent's surname alone (民法 §1000, §1059; 姓名條例 §1, §8, §11).

use chrono::NaiveDate;

use super::entries::{self, Registration};
use super::fields::{CaseFields, Findings, Form, NameFields, NameReason, PartyRole};
use super::marriages;
use super::place::Place;
use super::status::Matter;
use super::surnames;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::{self, names};

/// What a spouse does with the other's surname.
enum Spouses {
    /// Puts it before the name, as it was written.
    Takes(String),
    /// Leaves it.
    GoesBack,
}

impl Spouses {
    /// By the names of before and of now: nothing where neither is the other with a surname before it.
    fn of(names: &NameFields) -> Option<Self> {
        let (old, new) = (names::key(names.old_name.as_str()), names::key(names.new_name.as_str()));
        match (new.strip_suffix(&old), old.strip_suffix(&new)) {
            (Some(surname), _) if !surname.is_empty() => Some(Self::Takes(surname.to_owned())),
            (_, Some(surname)) if !surname.is_empty() => Some(Self::GoesBack),
            _ => None,
        }
    }
}

/// Whether a name is written with characters of Chinese alone, so that its surname can be told.
fn is_han(name: &str) -> bool {
    name.chars().all(
        |c| matches!(c, '\u{2e80}'..='\u{2fdf}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'),
    )
}

/// What the register forbids of a change of name.
pub fn check(conn: &mut Conn, node: &Node, (matter, names): (&Matter<'_>, &NameFields), findings: &mut Findings) -> Result<()> {
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject) {
        let mut earlier = entries::of_human(conn, &node.vault, *person, |case| {
            Some(case.id) != matter.of && Form::of_type(&case.type_code) == Form::Name
        })?;
        if matter.is_restored && names.reason.counts(matter.type_code) {
            special(conn, node, (matter, *person), &earlier, findings)?;
        }
        earlier.retain(|one| one.case.type_code == matter.type_code);
        // What was registered after a case that is corrected counts for the later one; one that stands again is one more.
        earlier.retain(|one| {
            matter.is_new || matter.is_restored || one.case.registered_at.is_some_and(|at| at < matter.received_at)
        });
        let pointer = format!("/parties/{index}/national_id");
        match matter.type_code {
            "NAME_TRUE" => {
                let text = ("更正本名以一次為限，此人已更正本名", "the true name is corrected once, and was corrected already");
                findings.unless(earlier.is_empty(), &pointer, "already_registered", "姓名條例 §11", text.0, text.1);
            }
            "NAME_FULL" if names.reason == NameReason::Other => {
                let is_such = |one: &Registration| said(one).is_some_and(|one| one.reason == NameReason::Other);
                let text = (
                    "已取用之中文姓名，申請更改以一次為限",
                    "a Chinese name that was taken for a marriage or a naturalisation is changed once, and was changed already",
                );
                let is_first = !earlier.iter().any(is_such);
                findings.unless(is_first, "/fields/new_name", "already_registered", "姓名條例 §1", text.0, text.1);
            }
            "NAME_INDIGENOUS" if !may_change_again(names, &earlier) => {
                let text = (
                    "回復傳統姓名、回復原有漢人姓名均以一次為限",
                    "one goes back to the traditional name once, and to the Han name once",
                );
                findings.add("/fields/new_name", "already_registered", "姓名條例 §1", text.0, text.1);
            }
            "NAME_SURNAME" => surnames::check_change(conn, node, (matter, names, *person), &earlier, findings)?,
            "NAME_SPOUSE" => of_spouses(conn, node, (matter, names, *person), &earlier, findings)?,
            _ => {}
        }
    }
    Ok(())
}

/// Refuses to let a change for a special reason stand again beside so many others that the law would not let the last of them be
/// entered: three of them at most, and one of whoever is under age.
fn special(
    conn: &mut Conn,
    node: &Node,
    (matter, person): (&Matter<'_>, Id),
    others: &[Registration],
    findings: &mut Findings,
) -> Result<()> {
    const COUNTED: &str = "/fields/earlier_changes";
    let counts = |one: &&Registration| said(one).is_some_and(|names| names.reason.counts(&one.case.type_code));
    let mut days: Vec<NaiveDate> = others.iter().filter(counts).filter_map(|one| Some(one.case.registered_at?.date())).collect();
    let text = ("特殊原因改名以三次為限；其他改名登記已滿三次", "a special reason serves three times at most, and has");
    findings.unless(days.len() < 3, COUNTED, "range", "姓名條例 §9", text.0, text.1);
    days.push(matter.received_at.date());
    days.sort_unstable();
    if let (Some(second), Some(born)) = (days.get(1), matter.birth_on(conn, node, person)?) {
        let text = ("未成年人第二次改名應於成年後為之", "a minor's second change waits for the coming of age");
        findings.unless_age(born.age_on(*second).reaches(18), COUNTED, "too_young", "姓名條例 §9 II", text);
    }
    Ok(())
}

fn said(one: &Registration) -> Option<&NameFields> {
    match &one.fields {
        CaseFields::Name(names) => Some(names),
        _ => None,
    }
}

/// Characters of Chinese in a name: what stands beside them is the same name in other letters.
fn han_of(name: &str) -> String {
    names::key(name).chars().filter(|c| is_han(&c.to_string())).collect()
}

fn has_letters(name: &str) -> bool {
    names::folded(name).chars().any(|c| c.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&c))
}

/// Whether a name of an indigenous people, or the Han name of before, is taken for the first time: each once. Letters beside a
/// name that stays are no change of it, and one written in letters alone is taken once more (姓名條例 §2, since 2024-05-29).
fn may_change_again(names: &NameFields, earlier: &[Registration]) -> bool {
    let is_written_beside = |one: &NameFields| {
        let (old, new) = (han_of(one.old_name.as_str()), han_of(one.new_name.as_str()));
        !old.is_empty() && old == new
    };
    if is_written_beside(names) {
        return true;
    }
    let changes: Vec<&NameFields> = earlier.iter().filter_map(said).filter(|one| !is_written_beside(one)).collect();
    if changes.iter().any(|one| names::passes_for(one.new_name.as_str(), names.new_name.as_str())) {
        return false;
    }
    let is_in_letters = |one: &NameFields| han_of(one.new_name.as_str()).is_empty() && has_letters(one.new_name.as_str());
    changes.len() < 2 || is_in_letters(names) && !changes.iter().any(|one| is_in_letters(one))
}

/// A spouse's surname is taken while the marriage lasts, and is the spouse's; within one marriage one goes back once
/// (民法 §1000; 姓名條例 §8).
fn of_spouses(
    conn: &mut Conn,
    node: &Node,
    (matter, names, person): (&Matter<'_>, &NameFields, Id),
    earlier: &[Registration],
    findings: &mut Findings,
) -> Result<()> {
    let place = Place::of(conn, matter.of, matter.day())?;
    match Spouses::of(names) {
        Some(Spouses::GoesBack) => {
            let Some(since) = marriages::since(conn, node, person, &place, matter.of)? else { return Ok(()) };
            let went_back = |one: &&Registration| {
                one.day() >= since && said(one).is_some_and(|names| matches!(Spouses::of(names), Some(Spouses::GoesBack)))
            };
            let text = (
                "於同一婚姻關係存續中回復本姓以一次為限",
                "within one marriage one goes back to one's own surname once, and has already",
            );
            let is_first = !earlier.iter().any(|one| went_back(&one));
            findings.unless(is_first, "/fields/new_name", "already_registered", "民法 §1000；姓名條例 §8", text.0, text.1);
        }
        Some(Spouses::Takes(surname)) => {
            let spouses = marriages::spouses_at(conn, node, person, &place, matter.of)?;
            if spouses.is_empty() {
                let text = (
                    "登記於該日並無存續之婚姻，不得冠配偶之姓",
                    "the register has no marriage of this person that lasts: a spouse's surname is taken within one",
                );
                let has_any = marriages::are_any_known(conn, node, person, matter.of)?;
                findings.unless(!has_any, "/fields/new_name", "not_married", "民法 §1000", text.0, text.1);
                return Ok(());
            }
            let mut is_theirs = false;
            for spouse in spouses {
                // Of whoever is known by a name alone, or by one of another script, a paper tells the surname.
                let name = match spouse {
                    Some(spouse) => people::store::open(conn, &node.vault, spouse)?.0,
                    None => String::new(),
                };
                is_theirs |= name.is_empty() || !is_han(&names::folded(&name)) || names::key(&name).starts_with(&surname);
            }
            let text = ("所冠之姓非登記配偶之姓", "the surname is not that of the spouse whom the register has");
            findings.unless(is_theirs, "/fields/new_name", "party_mismatch", "民法 §1000", text.0, text.1);
        }
        None => {}
    }
    Ok(())
}
