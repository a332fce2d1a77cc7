//! Whom the law keeps from marrying, adopting or acknowledging whom, by who is whose kin as the register tells (民法 §967–§971, §983,
//! §1073-1): each act is judged by the ties of its own day, whenever these and their ends were entered. What begins after it bars
//! nothing, and what ends after it lifts nothing.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::json;

use super::fields::PartyRole;
use super::kindred::{Kin, Reading, Way};
use super::marriage_forms;
use super::relations::{self, Adoption};
use super::status::Status;
use crate::auth::kin::Line;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{FactKind, Turn};

/// Why the law keeps two people apart: the article, and what it says.
pub type Bar = (&'static str, &'static str, &'static str);

/// What the law says, in both languages.
type Words = (&'static str, &'static str);

const DIRECT: (&str, &str) = (
    "二人登記為直系血親（含收養，收養終止後亦同）",
    "the register says that one of the two descends from the other, by birth or by adoption, also one that has ended",
);
const DIRECT_IN_LAWS: (&str, &str) = (
    "二人登記為直系姻親（姻親關係消滅後亦同）",
    "the register says that one of the two is or was married to somebody who descends from the other, or from whom the other does",
);
const COLLATERAL: (&str, &str) = (
    "二人登記為旁系血親，在禁止結婚之親等以內",
    "the register says that the two are collateral relatives within the degrees that do not marry",
);
const COLLATERAL_IN_LAWS: (&str, &str) = (
    "二人登記為五親等以內輩分不相同之旁系姻親",
    "the register says that the two are in-laws of different generations within the fifth degree",
);

const OWN_SPOUSE: Words = (
    "夫妻之一方不得收養他方，收養後亦不得結婚；登記有二人於該日或其後之婚姻",
    "nobody adopts their own spouse, or marries whom they adopted: the register has a marriage of the two on that day or after it",
);
const ADOPTED_DIRECT: Words = ("直系血親不得收養", "nobody adopts whom they descend from, or who descends from them");
const ADOPTED_COLLATERAL: Words =
    ("六親等以內旁系血親輩分不相當者不得收養", "nobody adopts a collateral relative who is not of their children's generation");
const ADOPTED_DIRECT_IN_LAW: Words =
    ("直系姻親不得收養，但收養配偶之子女者不在此限", "nobody adopts an in-law of the direct line but for their spouse's child");
const ADOPTED_COLLATERAL_IN_LAW: Words =
    ("五親等以內旁系姻親輩分不相當者不得收養", "nobody adopts a collateral in-law who is not of their children's generation");

/// Makes whoever else ties people into families wait: of kin that nobody names in either case no other lock tells.
pub fn own(tx: &mut Tx, type_code: &str) -> Result<()> {
    let ties = matches!(type_code, "ADOPTION" | "MARRIAGE" | "PARENTAGE");
    if ties { own_ties(tx) } else { Ok(()) }
}

/// The same for what makes two people one.
pub fn own_ties(tx: &mut Tx) -> Result<()> {
    tx.own(["kinship"])
}

/// The nearest of some ways: who is related in two ways is so by the nearer one.
fn nearest<'w>(ways: impl Iterator<Item = &'w Way>) -> Option<Line> {
    ways.map(|way| way.line).min_by_key(|line| line.degree())
}

/// Why two do not marry, related in these ways by blood or adoption and in those as in-laws; collateral relatives by blood within so
/// many degrees do not.
fn to_marry((blood, in_laws): (&[Way], &[Way]), degrees: usize, act: &Turn) -> Option<Words> {
    // §983 III: by adoption also after its end; whoever descends from another by birth always does.
    if blood.iter().any(|way| way.line.is_direct() && (way.is_natural() || way.has_stood_by(act))) {
        return Some(DIRECT);
    }
    let is_near = |line: &Line| line.is_collateral() && line.degree() <= degrees;
    // Those by adoption alone marry, of one generation, from the fourth degree on (§983 I 2).
    let is_free = |line: &Line| line.up == line.down && line.degree() >= 4;
    let natural = nearest(blood.iter().filter(|way| way.is_natural()));
    let standing = nearest(blood.iter().filter(|way| way.stands_at(act)));
    if natural.filter(is_near).is_some() || standing.filter(is_near).is_some_and(|line| !is_free(&line)) {
        return Some(COLLATERAL);
    }
    // §983 II, III: also after the affinity, or the adoption by which it was, has ended; where both stood at one time.
    if in_laws.iter().any(|way| way.line.is_direct() && way.has_stood_by(act)) {
        return Some(DIRECT_IN_LAWS);
    }
    let are_apart = |line: Line| line.is_collateral() && line.degree() <= 5 && line.up != line.down;
    in_laws.iter().any(|way| are_apart(way.line) && way.stands_at(act)).then_some(COLLATERAL_IN_LAWS)
}

/// Why two do not marry (民法 §983; 司法院釋字第七四八號解釋施行法 §5 of two of one sex), or should not have, by what stands where the
/// marriage does.
pub fn bars_marriage(
    conn: &mut Conn,
    node: &Node,
    (pair, are_married): ((Id, Id), bool),
    act: &Turn,
    reading: Reading<'_>,
) -> Result<Option<Bar>> {
    let is_of_one_sex = match are_married {
        true => marriage_forms::are_of_one_sex(conn, node, pair)?,
        false => marriage_forms::marry_in_one_sex(conn, node, pair)?,
    };
    let (law, degrees) = match is_of_one_sex == Some(true) {
        true => ("司法院釋字第七四八號解釋施行法 §5", 4),
        false => ("民法 §983", 6),
    };
    let mut kin = Kin::new(node, reading);
    let ways = (kin.ways(conn, pair)?, kin.in_laws(conn, pair)?);
    Ok(to_marry((&ways.0, &ways.1), degrees, act).map(|(zh, en)| (law, zh, en)))
}

/// Why somebody does not adopt somebody (民法 §1073-1), related in these ways by blood or adoption and in those as in-laws: relatives of
/// the direct line, in-laws of the direct line but for the spouse's child, and those collateral ones who are not as parent and child by
/// their generation.
fn to_adopt((blood, in_laws): (&[Way], &[Way]), is_spouses_child: bool, act: &Turn) -> Option<Words> {
    let natural = nearest(blood.iter().filter(|way| way.is_natural()));
    let standing = nearest(blood.iter().filter(|way| way.stands_at(act)));
    // Whom somebody has adopted already is another question.
    if natural.is_some_and(Line::is_direct) || standing.is_some_and(|line| line.is_direct() && line.degree() > 1) {
        return Some(ADOPTED_DIRECT);
    }
    let is_unlike = |line: &Line| line.is_collateral() && line.down != line.up + 1;
    if natural.iter().chain(&standing).any(is_unlike) {
        return Some(ADOPTED_COLLATERAL);
    }
    // The other's child is adopted whatever else they are to each other by marriage.
    if is_spouses_child {
        return None;
    }
    let mut standing = in_laws.iter().filter(|way| way.stands_at(act)).map(|way| way.line);
    standing.find_map(|line| match line {
        line if line.is_direct() => Some(ADOPTED_DIRECT_IN_LAW),
        line if line.degree() <= 5 && is_unlike(&line) => Some(ADOPTED_COLLATERAL_IN_LAW),
        _ => None,
    })
}

/// Why somebody does not adopt somebody, by what stands where the adoption does; nor whoever is their spouse then, or becomes so after
/// it.
pub fn bars_adoption(conn: &mut Conn, node: &Node, pair: (Id, Id), act: &Turn, reading: Reading<'_>) -> Result<Option<Bar>> {
    let (adopter, child) = pair;
    let mut kin = Kin::new(node, reading);
    let marriages = kin.marriages(conn, adopter)?;
    if marriages.iter().any(|(spouse, marriage)| *spouse == child && marriage.lasts_beyond(act)) {
        return Ok(Some(("民法 §983、§1073-1", OWN_SPOUSE.0, OWN_SPOUSE.1)));
    }
    let mut is_spouses_child = false;
    for (spouse, _) in marriages.iter().filter(|(_, marriage)| marriage.stands_at(act)) {
        let is_child = |way: &Way| way.line == Line { up: 0, down: 1 } && (way.is_natural() || way.stands_at(act));
        is_spouses_child |= kin.ways(conn, (*spouse, child))?.iter().any(is_child);
    }
    let ways = (kin.ways(conn, pair)?, kin.in_laws(conn, pair)?);
    Ok(to_adopt((&ways.0, &ways.1), is_spouses_child, act).map(|(zh, en)| ("民法 §1073-1", zh, en)))
}

/// Why somebody is not entered as the parent of somebody by an acknowledgment: nobody is the child of their own spouse or of
/// whoever descends from them.
pub fn bars_parentage(conn: &mut Conn, node: &Node, (parent, child): (Id, Id), but: Option<Id>) -> Result<Option<Bar>> {
    let mut kin = Kin::new(node, Reading::but(but));
    if kin.marriages(conn, parent)?.iter().any(|(spouse, _)| *spouse == child) {
        return Ok(Some((
            "民法 §983、§1065",
            "二人登記有婚姻；其為父母子女者，婚姻無效，請先撤銷該結婚登記",
            "the register has a marriage of the two: if they are parent and child it is void, and its registration is revoked first",
        )));
    }
    let is_ancestor = |way: &Way| way.line.down == 0 && way.lasts();
    if kin.ways(conn, (parent, child))?.iter().any(is_ancestor) {
        return Ok(Some((
            "民法 §967、§1065",
            "登記之直系血親尊親屬不得為其子女",
            "the register says that this parent descends from this child: correct or revoke that entry first",
        )));
    }
    Ok(None)
}

/// The cases by which somebody descends from themself, by birth or by adoptions that stand, through however many others.
pub fn descends_from_itself(conn: &mut Conn, node: &Node, human: Id) -> Result<Option<Vec<String>>> {
    // Each ancestor with the entry by which they are a parent, of whom.
    let mut met: HashMap<Id, (String, Id)> = HashMap::new();
    let mut waiting = vec![human];
    while let Some(child) = waiting.pop() {
        let status = Status::of(conn, node, child, None)?;
        let natural = status.of_kind(FactKind::Parent).filter(|fact| fact.value != json!(PartyRole::Adopter));
        let natural = natural.filter_map(|fact| Some((fact.other_id?, fact.source.clone())));
        let adopted = relations::adoptions(&status).into_iter().filter(Adoption::stands).map(|one| (one.by, one.source));
        for (parent, source) in natural.chain(adopted) {
            // Somebody as their own parent is told otherwise.
            if parent == human && child == human {
                continue;
            }
            if parent == human {
                let (mut sources, mut last) = (vec![source], child);
                while let Some((source, of)) = met.get(&last) {
                    sources.push(source.clone());
                    last = *of;
                }
                return Ok(Some(sources));
            }
            if let Entry::Vacant(place) = met.entry(parent) {
                place.insert((source, child));
                waiting.push(parent);
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::cases::kindred::Tie;

    /// What began or ended on a day, registered on the next.
    fn turn(day: &str) -> Turn {
        let day = day.parse().unwrap();
        Turn::of(day, Some(crate::clock::Moment::end_of(day)), "cases/1".to_owned())
    }

    /// Descent by birth; a marriage or an adoption from a day to another: `2003-03-03..2010-03-03`, or for good.
    fn way(up: usize, down: usize, ties: &[&str]) -> Way {
        let tie = |span: &&str| match span.split_once("..") {
            None => Tie { is_natural: true, begun: (!span.is_empty()).then(|| turn(span)), ended: None },
            Some((from, to)) => Tie { is_natural: false, begun: Some(turn(from)), ended: (!to.is_empty()).then(|| turn(to)) },
        };
        Way { line: Line { up, down }, ties: ties.iter().map(tie).map(Rc::new).collect() }
    }

    fn marry(blood: &[Way], in_laws: &[Way], day: &str) -> Option<Words> {
        to_marry((blood, in_laws), 6, &turn(day))
    }

    #[test]
    fn whoever_descends_from_another_by_an_adoption_never_marries_them_once_it_has_stood() {
        let adopted = [way(0, 1, &["2003-03-03..2010-03-03"])];
        for (day, bar) in [("2003-03-02", None), ("2003-03-04", Some(DIRECT)), ("2020-01-01", Some(DIRECT))] {
            assert_eq!(marry(&adopted, &[], day), bar, "{day}");
        }
        // Whose adopter was adopted later was never their grandchild.
        let apart = [way(0, 2, &["2003-03-03..2010-03-03", "2012-01-01.."])];
        assert_eq!(marry(&apart, &[], "2020-01-01"), None);
        assert_eq!(marry(&[way(2, 0, &["", ""])], &[], "2020-01-01"), Some(DIRECT));
    }

    #[test]
    fn siblings_by_adoption_do_not_marry_while_it_stands_and_cousins_by_it_do() {
        let siblings = [way(1, 1, &["1980-01-01", "2003-03-03..2010-03-03"])];
        for (day, bar) in [("2002-01-01", None), ("2006-06-06", Some(COLLATERAL)), ("2010-03-04", None)] {
            assert_eq!(marry(&siblings, &[], day), bar, "{day}");
        }
        let cousins = |ties: &[&str]| marry(&[way(2, 2, ties)], &[], "2006-06-06");
        assert_eq!(cousins(&["", "", "", "2003-03-03.."]), None);
        assert_eq!(cousins(&["", "", "", ""]), Some(COLLATERAL));
        assert_eq!(marry(&[way(3, 4, &[""; 7])], &[], "2006-06-06"), None, "the seventh degree");
        assert_eq!(to_marry((&[way(2, 3, &[""; 5])], &[]), 4, &turn("2026-06-06")), None, "of two of one sex");
    }

    #[test]
    fn affinity_of_the_direct_line_bars_after_its_end_where_it_has_stood_on_one_day() {
        let stepchild = |born: &str, day: &str| marry(&[], &[way(0, 1, &[born, "2000-01-01..2005-05-05"])], day);
        assert_eq!(stepchild("1990-01-01", "2020-01-01"), Some(DIRECT_IN_LAWS));
        assert_eq!(stepchild("", "2020-01-01"), Some(DIRECT_IN_LAWS), "whose day of birth nobody knows");
        assert_eq!(stepchild("1990-01-01", "1999-12-31"), None, "before the wedding");
        assert_eq!(stepchild("2010-01-01", "2030-01-01"), None, "who was born after the divorce");
        // The adoption had ended before the marriage of the adopter, or began after that of the former spouse.
        for ties in [["2010-01-01..2012-01-01", "2026-01-01..2026-02-01"], ["2010-01-01..", "2000-01-01..2005-05-05"]] {
            assert_eq!(marry(&[], &[way(0, 1, &ties)], "2026-06-06"), None);
        }
        // One day is enough.
        let met = [way(0, 1, &["2010-01-01..2012-01-02", "2012-01-01..2026-02-01"])];
        assert_eq!(marry(&[], &met, "2026-06-06"), Some(DIRECT_IN_LAWS));
    }

    #[test]
    fn affinity_beside_the_direct_line_bars_on_the_day_alone() {
        let niece = [way(1, 2, &["", "", "", "2000-01-01..2010-01-01"])];
        for (day, bar) in [("1999-01-01", None), ("2005-05-05", Some(COLLATERAL_IN_LAWS)), ("2010-01-02", None)] {
            assert_eq!(marry(&[], &niece, day), bar, "{day}");
        }
        assert_eq!(marry(&[], &[way(1, 1, &["", "", "2000-01-01.."])], "2005-05-05"), None, "a spouse's sibling");
        assert_eq!(marry(&[], &[way(2, 4, &["", "", "", "", "", "", "2000-01-01.."])], "2005-05-05"), None);
    }

    #[test]
    fn an_adoption_is_barred_by_the_ties_of_its_own_day() {
        let adopt = |blood: &[Way], in_laws: &[Way], day: &str| to_adopt((blood, in_laws), false, &turn(day));
        let sister_in_law = [way(1, 1, &["", "", "2000-01-01..2010-01-01"])];
        for (day, bar) in [("1999-01-01", None), ("2005-03-03", Some(ADOPTED_COLLATERAL_IN_LAW)), ("2010-01-02", None)] {
            assert_eq!(adopt(&[], &sister_in_law, day), bar, "{day}");
        }
        let stepchild = [way(0, 1, &["", "2000-01-01..2010-01-01"])];
        assert_eq!(adopt(&[], &stepchild, "2005-03-03"), Some(ADOPTED_DIRECT_IN_LAW));
        assert_eq!(to_adopt((&[], &stepchild), true, &turn("2005-03-03")), None, "the spouse's child");
        assert_eq!(adopt(&[], &stepchild, "2010-01-02"), None, "affinity that has ended");
        assert_eq!(adopt(&[way(0, 1, &[""])], &[], "2005-03-03"), Some(ADOPTED_DIRECT));
        assert_eq!(adopt(&[way(1, 1, &["", ""])], &[], "2005-03-03"), Some(ADOPTED_COLLATERAL));
        assert_eq!(adopt(&[way(1, 2, &["", "", ""])], &[], "2005-03-03"), None, "a sibling's child");
        let by_adoption = [way(1, 1, &["", "2003-03-03..2010-03-03"])];
        assert_eq!(adopt(&by_adoption, &[], "2006-06-06"), Some(ADOPTED_COLLATERAL));
        assert_eq!(adopt(&by_adoption, &[], "2011-06-06"), None);
    }
}
