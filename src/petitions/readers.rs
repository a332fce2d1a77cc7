//! Whom something tells, as a correction names others: what has told somebody by their name stays theirs, whatever place they have and
//! whether they are named still; what waits goes to whoever stands in the place; and whoever is owed something and was not told it is told.

use serde::{Deserialize, Serialize};

use super::acting::Open;
use super::handling::Handling;
use super::heard;
use super::model::ToldBy;
use super::petitioners::Petitioner;
use super::tellings::{BODY, REPRESENTATIVE, Telling, TellingStatus, ToldAbout, What};
use super::told;
use crate::clock::Moment;
use crate::db::Tx;
use crate::error::Result;
use crate::mail::MailStop;
use crate::node::Node;
use crate::people::names;

/// Somebody whom something tells by name: a petitioner, or the body that had sent the petition on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reader {
    Petitioner(Petitioner),
    Body(String),
}

/// Somebody who is named no more, and the numbers of what they were told: theirs again once they are named again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Former {
    pub who: Reader,
    pub tellings: Vec<usize>,
}

impl Reader {
    fn has_name_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Body(one), Self::Body(other)) => one == other,
            (Self::Petitioner(one), Self::Petitioner(other)) => names::folded(&one.name) == names::folded(&other.name),
            _ => false,
        }
    }

    /// Whether both are one: by their number, or where that does not tell them apart by their name.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Petitioner(Petitioner { number: Some(one), .. }),
                Self::Petitioner(Petitioner { number: Some(other), .. }),
            ) => one == other,
            _ => self.has_name_of(other),
        }
    }
}

/// Where whoever stands in a place comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Origin {
    /// They stood in a place before.
    Place(usize),
    /// They were named once: which of the former ones.
    Former(usize),
    /// They were not named.
    New,
}

/// Who is told, by place: the body that had sent it on, then the petitioners. Nobody stands in the place of a representative without a name.
pub type Readers = Vec<Option<Reader>>;

pub fn of(node: &Node, open: &Open) -> Result<Readers> {
    let mut all = vec![open.row.matter(&node.vault)?.forwarded_by.map(Reader::Body)];
    all.extend(open.row.petitioners(&node.vault)?.into_iter().map(|one| Some(Reader::Petitioner(one))));
    all.resize(all.len().max(REPRESENTATIVE + 1), None);
    Ok(all)
}

/// From where each comes who stands somewhere now.
fn origins(before: &Readers, after: &Readers, formers: &[Former]) -> Vec<Origin> {
    let mut origins = vec![Origin::New; after.len()];
    let standing = |readers: &Readers, place: usize| readers.get(place).cloned().flatten();
    let is_one: [fn(&Reader, &Reader) -> bool; 2] = [|one, other| one == other, Reader::is];
    for is_one in is_one {
        for (place, reader) in after.iter().enumerate() {
            let Some(reader) = reader.as_ref().filter(|_| origins[place] == Origin::New) else { continue };
            let mut free = (0..before.len()).filter(|old| !origins.contains(&Origin::Place(*old)));
            let found = free.find(|old| before[*old].as_ref().is_some_and(|old| is_one(old, reader)));
            origins[place] = found.map_or(Origin::New, Origin::Place);
        }
    }
    for place in 0..after.len() {
        let Some(reader) = standing(after, place).filter(|_| origins[place] == Origin::New) else { continue };
        let is_free = !origins.contains(&Origin::Place(place));
        if is_free && standing(before, place).is_some_and(|old| old.has_name_of(&reader)) {
            // Of one name, whose number was taken down wrongly.
            origins[place] = Origin::Place(place);
            continue;
        }
        let mut free = (0..formers.len()).filter(|nth| !origins.contains(&Origin::Former(*nth)));
        let found = free.find(|nth| formers[*nth].who.is(&reader));
        origins[place] = found.map_or(Origin::New, Origin::Former);
    }
    let is_nobody = |readers: &Readers| readers.get(REPRESENTATIVE).is_none_or(Option::is_none);
    if origins[REPRESENTATIVE] == Origin::New && (is_nobody(before) || is_nobody(after)) {
        origins[REPRESENTATIVE] = Origin::Place(REPRESENTATIVE);
    }
    origins
}

/// What is owed to whoever stands in a place.
type Owed = Vec<(What, usize)>;

/// Lets what was told follow those whom it has told, as others are named now; what is owed since to whom.
pub fn follow(tx: &mut Tx, node: &Node, open: &mut Open, before: &Readers) -> Result<Owed> {
    let after = of(node, open)?;
    if *before == after {
        return Ok(Vec::new());
    }
    let origins = origins(before, &after, &open.handling.formers);
    let whom: Vec<Option<usize>> = open.handling.tellings.iter().map(|one| one.petitioner).collect();
    let mut owed = move_tellings(&mut open.handling, before, &origins);
    owed.extend(of_everybody(node, open, (before, &after), &origins)?);
    move_ways(&mut open.handling, &origins);
    for at in 0..open.handling.tellings.len() {
        let telling = &open.handling.tellings[at];
        // Who is reached by mail and telephone is the representative.
        let is_theirs = matches!(telling.told_by, ToldBy::Mail | ToldBy::Call);
        let is_lost = telling.petitioner.is_none_or(|place| place > REPRESENTATIVE && is_theirs);
        let mut came = open.handling.tellings.iter().enumerate().filter(|(nth, one)| whom[*nth] != one.petitioner);
        let is_told = came.any(|(nth, one)| nth != at && one.tells_as(telling) && one.has_told());
        let is_unfit = telling.is_shown() && !telling.fits();
        if is_lost || is_told || is_unfit {
            told::stop_one(tx, node, open, (at, MailStop::Outdated))?;
        }
        if is_unfit {
            open.handling.tellings[at].put(TellingStatus::Stopped);
        }
        let what = open.handling.tellings[at].what();
        open.handling.put_reached(what);
    }
    Ok(owed)
}

/// Puts each telling to whoever it has told, or is to tell; what the representative was told and is not any more.
fn move_tellings(handling: &mut Handling, before: &Readers, origins: &[Origin]) -> Owed {
    let place_of = |old: usize| origins.iter().position(|origin| *origin == Origin::Place(old));
    let (mut owed, mut gone): (Owed, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    for telling in &mut handling.tellings {
        let Some(old) = telling.petitioner else {
            let is_its = |former: &Former| former.tellings.contains(&telling.number);
            let nth = handling.formers.iter().position(is_its);
            telling.petitioner = nth.and_then(|nth| origins.iter().position(|origin| *origin == Origin::Former(nth)));
            continue;
        };
        let now = place_of(old);
        // What waits, and what names nobody, is of whoever stands in the place.
        let names_reader = matches!(telling.told_by, ToldBy::Letter | ToldBy::Call) && telling.status != TellingStatus::Waiting;
        let is_replaced = origins.get(old) == Some(&Origin::New);
        let is_representatives = old == REPRESENTATIVE && telling.about != ToldAbout::Reply;
        let stays = if is_representatives { !names_reader } else { now.is_none() && is_replaced && !names_reader };
        if stays || now == Some(old) {
            continue;
        }
        if is_representatives && telling.status == TellingStatus::Told {
            owed.push((telling.what(), REPRESENTATIVE));
        }
        if now.is_none() {
            gone.push((old, telling.number));
        }
        telling.petitioner = now;
    }
    let formers = (0..).zip(std::mem::take(&mut handling.formers));
    let unnamed = formers.filter(|(nth, _)| !origins.contains(&Origin::Former(*nth)));
    handling.formers = unnamed.map(|(_, former)| former).collect();
    for (old, who) in before.iter().enumerate() {
        let tellings: Vec<usize> = gone.iter().filter(|(place, _)| *place == old).map(|(_, number)| *number).collect();
        if let Some(who) = who.clone().filter(|_| !tellings.is_empty()) {
            handling.formers.push(Former { who, tellings });
        }
    }
    owed
}

/// What each petitioner is owed by themself, and the body: replies that stand, and what became of the petition.
fn of_everybody(node: &Node, open: &Open, (before, after): (&Readers, &Readers), origins: &[Origin]) -> Result<Owed> {
    let mut owed = Vec::new();
    for what in told::in_force(node, open)? {
        // Before tellings were kept, whoever was named was told.
        let is_kept = open.handling.tellings.iter().any(|one| one.what() == what);
        match what.0 {
            ToldAbout::Reply => {
                let all = REPRESENTATIVE..after.len();
                let is_owed = |place: &usize| is_kept || !matches!(origins[*place], Origin::Place(_));
                owed.extend(all.filter(is_owed).map(|place| (what, place)));
            }
            ToldAbout::Filing if before[BODY] != after[BODY] && after[BODY].is_some() => owed.push((what, BODY)),
            _ => {}
        }
    }
    Ok(owed)
}

/// Lets the ways that are noted beside replies stand in the places of those whom they have told.
fn move_ways(handling: &mut Handling, origins: &[Origin]) {
    for nth in 0..handling.replies.len() {
        let before = std::mem::take(&mut handling.replies[nth].told_by);
        for (place, origin) in origins.iter().enumerate().skip(REPRESENTATIVE) {
            let old = match origin {
                Origin::Place(old) => before.get(old.saturating_sub(1)).copied(),
                Origin::Former(_) | Origin::New => None,
            };
            let is_it = |one: &&Telling| one.is_of((ToldAbout::Reply, nth + 1), place) && one.lives();
            let kept = handling.tellings.iter().rev().find(is_it).map(|one| one.told_by);
            let way = kept.or(old).unwrap_or(ToldBy::Tracking);
            handling.replies[nth].told_by.push(way);
        }
    }
}

/// Tells what is owed and still stands, where nobody has told it or is going to.
pub fn tell(tx: &mut Tx, node: &Node, open: &mut Open, owed: Owed, now: Moment) -> Result<()> {
    let stands = told::in_force(node, open)?;
    for (what, place) in owed {
        let is_it = |one: &Telling| one.is_of(what, place) && one.lives() && one.fits() && open.handling.is_of_now(one);
        let is_told = open.handling.tellings.iter().any(is_it);
        if !is_told && stands.contains(&what) && heard::is_worth(node, open, (what, place), (&stands, false))? {
            told::tell_one(tx, node, open, (what, place), now)?;
        }
    }
    Ok(())
}
