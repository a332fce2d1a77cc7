//! Who is whose kin by what is registered, and whom the law therefore keeps from marrying, adopting or acknowledging whom
//! (民法 §967–§971, §983, §1073-1).

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde_json::json;

use super::fields::PartyRole;
use super::marriage_forms;
use super::marriages;
use super::relations;
use super::status::Status;
use crate::auth::kin::{Line, Tie, blood};
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{Fact, FactKind};
use crate::people::joins;

/// Why the law keeps two people apart: the article, and what it says.
pub type Bar = (&'static str, &'static str, &'static str);

/// Which ties of parent and child count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ties {
    /// By birth or acknowledgment: an adoption suspends them, and ends none (民法 §1077).
    Natural,
    /// Those too of adoptions that have not ended.
    Standing,
    /// Those too of adoptions that have.
    All,
}

/// What a fact of parentage is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parentage {
    Natural,
    Adoption { has_ended: bool },
}

/// Relatives of somebody, by their records.
type Relatives = HashMap<Id, Line>;

/// The register as kinship is read from it, but for what a case has registered.
struct Kin<'n> {
    node: &'n Node,
    but: Option<Id>,
    /// What each fact of parentage is, by children who were looked at.
    parents: HashMap<Id, HashMap<Id, Parentage>>,
}

/// Somebody's marriages, those of before too: to whom, and whether affinity has ended with it: by divorce, and not by death
/// (民法 §971).
type Spouses = Vec<(Id, bool)>;

impl<'n> Kin<'n> {
    fn new(node: &'n Node, but: Option<Id>) -> Self {
        Self { node, but, parents: HashMap::new() }
    }

    /// What a tie is; nothing where it is of the case that is judged.
    fn parentage(&mut self, conn: &mut Conn, tie: &Tie) -> Result<Option<Parentage>> {
        if !self.parents.contains_key(&tie.one) {
            let status = Status::of(conn, self.node, tie.one, self.but)?;
            let ended = |fact: &Fact| fact.other_id.is_some_and(|by| relations::until(&status, by, &fact.turn()).is_some());
            let all = status.of_kind(FactKind::Parent).map(|fact| {
                let is_adoption = fact.value == json!(PartyRole::Adopter);
                let adoption = || Parentage::Adoption { has_ended: ended(fact) };
                (fact.id, if is_adoption { adoption() } else { Parentage::Natural })
            });
            let all = all.collect();
            self.parents.insert(tie.one, all);
        }
        Ok(self.parents.get(&tie.one).and_then(|facts| facts.get(&tie.fact)).copied())
    }

    /// Relatives to the sixth degree, the farthest of which the law speaks.
    fn relatives(&mut self, conn: &mut Conn, of: Id, ties: Ties) -> Result<Relatives> {
        let own: HashSet<Id> = joins::records(conn, of)?.into_iter().collect();
        blood(conn, &own, 6, |conn, tie| {
            Ok(match self.parentage(conn, tie)? {
                Some(Parentage::Natural) => true,
                Some(Parentage::Adoption { has_ended }) => ties == Ties::All || ties == Ties::Standing && !has_ended,
                None => false,
            })
        })
    }

    fn spouses(&self, conn: &mut Conn, of: Id) -> Result<Spouses> {
        marriages::all_of(conn, self.node, of, self.but)
    }

    /// How two are related by marriage: one to the kin of the other's spouse, or to the spouse of the other's kin, or as the
    /// spouses of kin (民法 §969, §970); with whether that has ended.
    fn in_laws(&mut self, conn: &mut Conn, (one, other): (Id, Id), ties: Ties) -> Result<Vec<(Line, bool)>> {
        let own = self.relatives(conn, one, ties)?;
        // Two who were married to each other are no in-laws by that.
        let mut theirs = self.spouses(conn, other)?;
        theirs.retain(|(spouse, _)| *spouse != one);
        let mut found: Vec<(Line, bool)> =
            theirs.iter().filter_map(|(spouse, ended)| Some((*own.get(spouse)?, *ended))).collect();
        for (spouse, ended) in self.spouses(conn, one)?.into_iter().filter(|(spouse, _)| *spouse != other) {
            let kin = self.relatives(conn, spouse, ties)?;
            found.extend(kin.get(&other).map(|line| (*line, ended)));
            found.extend(theirs.iter().filter_map(|(theirs, over)| Some((*kin.get(theirs)?, ended || *over))));
        }
        found.retain(|(line, _)| line.degree() > 0);
        Ok(found)
    }
}

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

/// Makes whoever else ties people into families wait: of kin that nobody names in either case no other lock tells.
pub fn own(tx: &mut Tx, type_code: &str) -> Result<()> {
    let ties = matches!(type_code, "ADOPTION" | "MARRIAGE" | "PARENTAGE");
    if ties { tx.own(["kinship"]) } else { Ok(()) }
}

/// Why two do not marry (民法 §983; 司法院釋字第七四八號解釋施行法 §5 of two of one sex), or should not have.
pub fn bars_marriage(
    conn: &mut Conn,
    node: &Node,
    ((one, other), are_married): ((Id, Id), bool),
    but: Option<Id>,
) -> Result<Option<Bar>> {
    let is_of_one_sex = match are_married {
        true => marriage_forms::are_of_one_sex(conn, node, (one, other))?,
        false => marriage_forms::marry_in_one_sex(conn, node, (one, other))?,
    };
    let (law, degrees) = match is_of_one_sex == Some(true) {
        true => ("司法院釋字第七四八號解釋施行法 §5", 4),
        false => ("民法 §983", 6),
    };
    let bar = |(zh, en): (&'static str, &'static str)| Ok(Some((law, zh, en)));
    let mut kin = Kin::new(node, but);
    if kin.relatives(conn, one, Ties::All)?.get(&other).is_some_and(|line| line.is_direct()) {
        return bar(DIRECT);
    }
    let is_near = |line: &&Line| line.is_collateral() && line.degree() <= degrees;
    if kin.relatives(conn, one, Ties::Natural)?.get(&other).filter(is_near).is_some() {
        return bar(COLLATERAL);
    }
    // Those by adoption alone marry, of one generation, from the fourth degree on.
    let is_free = |line: &Line| line.up == line.down && line.degree() >= 4;
    if kin.relatives(conn, one, Ties::Standing)?.get(&other).filter(is_near).is_some_and(|line| !is_free(line)) {
        return bar(COLLATERAL);
    }
    if kin.in_laws(conn, (one, other), Ties::All)?.iter().any(|(line, _)| line.is_direct()) {
        return bar(DIRECT_IN_LAWS);
    }
    let are_apart = |line: Line| line.is_collateral() && line.degree() <= 5 && line.up != line.down;
    if kin.in_laws(conn, (one, other), Ties::Standing)?.iter().any(|(line, ended)| !ended && are_apart(*line)) {
        return bar(COLLATERAL_IN_LAWS);
    }
    Ok(None)
}

/// Why somebody does not adopt somebody (民法 §1073-1): relatives of the direct line, in-laws of the direct line but for the
/// spouse's child, and those collateral ones who are not as parent and child by their generation; nor whoever is their spouse on
/// that day, or became so after it.
pub fn bars_adoption(
    conn: &mut Conn,
    node: &Node,
    (adopter, child): (Id, Id),
    day: NaiveDate,
    but: Option<Id>,
) -> Result<Option<Bar>> {
    let bar = |zh: &'static str, en: &'static str| Ok(Some(("民法 §1073-1", zh, en)));
    if marriages::are_married_from(conn, node, (adopter, child), day, but)? {
        return Ok(Some((
            "民法 §983、§1073-1",
            "夫妻之一方不得收養他方，收養後亦不得結婚；登記有二人於該日或其後之婚姻",
            "nobody adopts their own spouse, or marries whom they adopted: the register has a marriage of the two on that day or after it",
        )));
    }
    let mut kin = Kin::new(node, but);
    let natural = kin.relatives(conn, adopter, Ties::Natural)?.get(&child).copied();
    let standing = kin.relatives(conn, adopter, Ties::Standing)?.get(&child).copied();
    // Whom somebody has adopted already is another question.
    if natural.is_some_and(Line::is_direct) || standing.is_some_and(|line| line.is_direct() && line.degree() > 1) {
        return bar("直系血親不得收養", "nobody adopts whom they descend from, or who descends from them");
    }
    let is_unlike = |line: &Line| line.is_collateral() && line.down != line.up + 1;
    if natural.iter().chain(&standing).any(is_unlike) {
        return bar(
            "六親等以內旁系血親輩分不相當者不得收養",
            "nobody adopts a collateral relative who is not of their children's generation",
        );
    }
    let in_laws = kin.in_laws(conn, (adopter, child), Ties::Standing)?;
    // The other's child is adopted whatever else they are to each other by marriage.
    for (spouse, ended) in kin.spouses(conn, adopter)? {
        let line = kin.relatives(conn, spouse, Ties::Standing)?.get(&child).copied();
        if !ended && line == Some(Line { up: 0, down: 1 }) {
            return Ok(None);
        }
    }
    for (line, _) in in_laws.iter().filter(|(_, ended)| !ended) {
        if line.is_direct() {
            return bar(
                "直系姻親不得收養，但收養配偶之子女者不在此限",
                "nobody adopts an in-law of the direct line but for their spouse's child",
            );
        }
        if line.degree() <= 5 && is_unlike(line) {
            return bar(
                "五親等以內旁系姻親輩分不相當者不得收養",
                "nobody adopts a collateral in-law who is not of their children's generation",
            );
        }
    }
    Ok(None)
}

/// Why somebody is not entered as the parent of somebody by an acknowledgment: nobody is the child of their own spouse or of
/// whoever descends from them.
pub fn bars_parentage(conn: &mut Conn, node: &Node, (parent, child): (Id, Id), but: Option<Id>) -> Result<Option<Bar>> {
    let mut kin = Kin::new(node, but);
    if kin.spouses(conn, parent)?.iter().any(|(spouse, _)| *spouse == child) {
        return Ok(Some((
            "民法 §983、§1065",
            "二人登記有婚姻；其為父母子女者，婚姻無效，請先撤銷該結婚登記",
            "the register has a marriage of the two: if they are parent and child it is void, and its registration is revoked first",
        )));
    }
    let is_ancestor = |line: &Line| line.down == 0 && line.up > 0;
    if kin.relatives(conn, parent, Ties::Standing)?.get(&child).is_some_and(is_ancestor) {
        return Ok(Some((
            "民法 §967、§1065",
            "登記之直系血親尊親屬不得為其子女",
            "the register says that this parent descends from this child: correct or revoke that entry first",
        )));
    }
    Ok(None)
}

/// Spouses who are kin who do not marry each other once an entry does not stand: the end of the adoption of one of these, or of whom
/// one descends from (民法 §983).
pub fn become_kin_without(conn: &mut Conn, node: &Node, case: Id, adopted: &[Id]) -> Result<Vec<Id>> {
    let mut found = Vec::new();
    for child in adopted {
        let mut kin = Kin::new(node, None);
        for (one, _) in kin.relatives(conn, *child, Ties::Standing)?.into_iter().filter(|(_, line)| line.up == 0) {
            for (spouse, ended) in kin.spouses(conn, one)? {
                let married = ((one, spouse), true);
                if !ended
                    && bars_marriage(conn, node, married, None)?.is_none()
                    && bars_marriage(conn, node, married, Some(case))?.is_some()
                {
                    found.extend([one, spouse]);
                }
            }
        }
    }
    as_joined(conn, found)
}

/// The records to which these were joined, each once.
fn as_joined(conn: &mut Conn, mut found: Vec<Id>) -> Result<Vec<Id>> {
    found = joins::last_of(conn, &found)?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Spouses whom an acknowledgment makes kin who do not marry each other: whoever descends from the child, or is the child, and whom
/// they are married to. It states a fact, and the marriage is void (民法 §983, §988).
pub fn voids_marriages(conn: &mut Conn, node: &Node, (parent, child): (Id, Id), but: Option<Id>) -> Result<Vec<Id>> {
    let mut kin = Kin::new(node, but);
    let [all, natural, standing] = [Ties::All, Ties::Natural, Ties::Standing].map(|ties| kin.relatives(conn, parent, ties));
    let (all, natural, standing) = (all?, natural?, standing?);
    let is_ancestor = |of: &Id| all.get(of).is_some_and(|line| line.down == 0);
    let mut found = Vec::new();
    for (one, line) in kin.relatives(conn, child, Ties::Standing)?.into_iter().filter(|(_, line)| line.up == 0) {
        for (spouse, ended) in kin.spouses(conn, one)? {
            let beyond = |kin: &Relatives| kin.get(&spouse).map(|own| Line { up: own.up + line.down + 1, down: own.down });
            let degrees = if marriage_forms::are_of_one_sex(conn, node, (one, spouse))? == Some(true) { 4 } else { 6 };
            let is_near = |line: &Line| line.is_collateral() && line.degree() <= degrees;
            let are_kin = is_ancestor(&spouse)
                || beyond(&natural).filter(is_near).is_some()
                || beyond(&standing).filter(is_near).is_some_and(|line| line.up != line.down || line.degree() < 4);
            // A former spouse of whom they now descend from is an in-law of the direct line.
            let mut before = kin.spouses(conn, spouse)?.into_iter();
            if !ended && (are_kin || before.any(|(former, _)| is_ancestor(&former))) {
                found.extend([one, spouse]);
            }
        }
    }
    as_joined(conn, found)
}
