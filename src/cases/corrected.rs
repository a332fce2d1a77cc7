//! A case as a correction leaves it: judged by what the register says of its people, and put into the case, the register, and what
//! follows from the case.

use super::about;
use super::births;
use super::book::Line;
use super::case::{Case, Party};
use super::certified;
use super::change_papers::{self, Shown};
use super::counter;
use super::effects;
use super::fields::{CaseFields, PartyRole};
use super::input::{CaseInput, PartyInput};
use super::intake::Judged;
use super::lineup::Lineup;
use super::marriages;
use super::meant::Meant;
use super::named::{self, Face, Names};
use super::protected;
use super::seals;
use super::status::{self, Matter};
use super::store;
use crate::auth::{By, Involved};
use crate::db::{Conn, Id, Tx};
use crate::domain::case_path;
use crate::error::{Error, Result};
use crate::node::Node;
use crate::people::chosen::{self, ByRecord};
use crate::people::facts::{FactKind, Rank, Word};
use crate::people::store::{Named, Registered};
use crate::people::{self, Name, contacts, differences, joins, names, numbers};
use crate::states::require_anothers;

/// A case as it stands corrected, and the lines for the record book.
pub struct Corrected {
    pub input: CaseInput,
    pub judged: Judged,
    /// Whom it adds and takes out.
    pub lineup: Lineup,
    /// How it named those until now who stay in it, and all others.
    pub before: Names,
    /// What its subject was called, of a change of name.
    pub old_name: Option<Name>,
    /// Its papers and circumstances from now on.
    pub shown: Shown,
    pub lines: Vec<Line>,
}

/// Whom a corrected name and number mean, in place of whom they meant; `None` for somebody whom the office does not know yet. A
/// name tells apart those who truly have one number.
fn whom(conn: &mut Conn, node: &Node, (old, new): (&Face, &Face), current: Id) -> Result<Option<Id>> {
    if old.national_id != new.national_id {
        let named = Named { name: new.name.as_str(), number: &new.national_id, birth_on: new.birth_on };
        let known = numbers::known(conn, &node.vault, named)?;
        return Ok(known.map(|person| person.id));
    }
    if old.name == new.name {
        return Ok(Some(current));
    }
    let holders = numbers::holders(conn, &node.vault, &new.national_id)?;
    let is_called = |holder: &Registered| holder.id != current && names::passes_for(&holder.name, new.name.as_str());
    let other = holders.iter().find(|holder| holders.len() > 1 && is_called(holder));
    Ok(Some(other.map_or(current, |holder| holder.id)))
}

fn named_as(face: &Face) -> Named<'_> {
    Named { name: face.name.as_str(), number: &face.national_id, birth_on: face.birth_on }
}

impl Corrected {
    /// Those of the parties as kept who stay, each in its role of now.
    fn parties(&self, conn: &mut Conn, case: &Case) -> Result<Vec<Party>> {
        let mut parties = self.lineup.kept(conn, case)?;
        for (party, given) in parties.iter_mut().zip(&self.input.parties) {
            party.role = given.role;
        }
        Ok(parties)
    }

    fn form(&self, case: &Case) -> Result<&CaseFields> {
        self.judged.form.as_ref().ok_or_else(|| Error::Internal(format!("case {} has no form", case.id)))
    }

    /// How each party was named, and is named now, beside the party as kept.
    fn faces<'f>(&'f self, after: &'f Names) -> impl Iterator<Item = (&'f Face, &'f Face)> {
        self.before.parties.iter().zip(&after.parties)
    }

    /// The parties whom it adds, each with its place.
    fn added<'f>(&'f self, after: &'f Names) -> impl Iterator<Item = (usize, &'f Face)> {
        after.parties.iter().enumerate().skip(self.before.parties.len())
    }

    /// Whom the office means by somebody who is added, as far as it knows them.
    fn known(&self, conn: &mut Conn, node: &Node, (index, face): (usize, &Face)) -> Result<Option<Id>> {
        let by_record = ByRecord { said: self.input.parties[index].person_id, kept: None };
        let known = chosen::find(conn, &node.vault, (named_as(face), &format!("/parties/{index}")), by_record)?;
        Ok(known.map(|person| person.id))
    }

    /// Whether somebody else asks for it from now on, or for somebody else, or as something else.
    fn asks_otherwise(&self, conn: &mut Conn, case: &Case, after: &Names) -> Result<bool> {
        let is_another = |(old, new): (&Face, &Face)| old.national_id != new.national_id;
        let is_moved = self.faces(after).any(is_another) || is_another((&self.before.applicant, &after.applicant));
        if is_moved || self.lineup.is_other() {
            return Ok(true);
        }
        let roles = self.lineup.kept(conn, case)?.into_iter().zip(&self.input.parties);
        Ok(case.relation != self.input.applicant.relation || roles.into_iter().any(|(party, given)| party.role != given.role))
    }

    /// The places of those who stand in it anew, or in another part.
    fn new_places(&self, conn: &mut Conn, case: &Case, after: &Names) -> Result<Vec<usize>> {
        let roles = self.lineup.kept(conn, case)?.into_iter().zip(&self.input.parties);
        let stay = self.faces(after).zip(roles).enumerate();
        let is_new = |((old, new), (party, given)): &((&Face, &Face), (Party, &PartyInput))| {
            old.national_id != new.national_id || party.role != given.role
        };
        let moved = stay.filter(|(_, one)| is_new(one)).map(|(place, _)| place);
        Ok(moved.chain(self.added(after).map(|(place, _)| place)).collect())
    }

    /// Whether somebody is called otherwise from now on: a mark may know them by it.
    fn calls_otherwise(&self, after: &Names) -> bool {
        let called = |face: &Face| (face.name.clone(), face.romanised_name.clone());
        let is_renamed = |(old, new): (&Face, &Face)| called(old) != called(new);
        self.faces(after).any(is_renamed) || is_renamed((&self.before.applicant, &after.applicant))
    }

    /// Refuses what the register's status of the people forbids, people who are known by another name than they are given, and what is
    /// not shown by its papers.
    pub fn obey_register(
        &self,
        conn: &mut Conn,
        node: &Node,
        by: &By,
        case: &Case,
        (before, papers): (&CaseInput, &[String]),
    ) -> Result<Shown> {
        let (form, after) = (self.form(case)?, Names::of(&self.input));
        let mut parties = self.parties(conn, case)?;
        let (mut unknown, mut named) = (Vec::new(), Vec::new());
        for (index, (party, (old, new))) in parties.iter_mut().zip(self.faces(&after)).enumerate() {
            match whom(conn, node, (old, new), party.person_id)? {
                Some(id) => party.person_id = id,
                None => unknown.push(index),
            }
            if old.national_id != new.national_id {
                let name = effects::called(form, party.role).unwrap_or(&new.name);
                named.push((format!("/parties/{index}/name"), name, &new.national_id));
            }
        }
        for (index, face) in self.added(&after) {
            let is_spouse = matches!(form, CaseFields::Marriage(_)) && self.input.parties[index].role == PartyRole::Spouse;
            if is_spouse && marriages::has_divorce(conn, node, case)? {
                let (zh, en) = (
                    "此婚姻之離婚或終止登記仍存；請先撤銷該登記，再以配偶身分補辦",
                    "the end of this marriage stands registered: revoke that entry first, and enter it anew with the spouse",
                );
                return Err(effects::contradiction(zh, en));
            }
            let known = self.known(conn, node, (index, face))?;
            unknown.extend(known.is_none().then_some(index));
            parties.push(Party { role: self.input.parties[index].role, person_id: known.unwrap_or(case.person_id) });
            named.push((format!("/parties/{index}/name"), &face.name, &face.national_id));
        }
        parties.extend(self.lineup.made(conn, case)?);
        let applicant = &after.applicant;
        let mut meant: Vec<Id> = parties.iter().map(|party| party.person_id).collect();
        let applies = whom(conn, node, (&self.before.applicant, applicant), case.applicant_id)?;
        meant.extend(applies);
        let mut numbers = store::named_in(&node.vault, &self.judged.fields);
        let beside = after.beside(conn, &node.vault, &self.before)?;
        numbers.extend(beside.numbers);
        require_anothers(conn, by, Involved { records: meant.clone(), numbers, called: beside.called })?;
        let mut placed = status::placed(conn, &parties)?;
        placed.retain(|(index, ..)| !unknown.contains(index));
        let meant_after = Meant { parties: &placed, applicant: applies, proxy: case.proxy_id };
        if self.asks_otherwise(conn, case, &after)? {
            let case_type = counter::own_type(node, conn, case)?;
            protected::obey(conn, node, &case_type, (&self.input, &meant_after), by.now.date())?;
            let new = self.new_places(conn, case, &after)?;
            protected::keep_off(conn, node, (&self.input, &placed), &new, by.now.date())?;
        } else if self.calls_otherwise(&after) {
            let case_type = counter::own_type(node, conn, case)?;
            protected::keep_open(conn, node, &case_type, (&self.input, &meant_after), by.now.date())?;
        }
        if self.before.applicant.national_id != applicant.national_id {
            named.push(("/applicant/name".to_owned(), &applicant.name, &applicant.national_id));
        }
        let named: Vec<_> = named.iter().map(|(pointer, name, number)| (pointer.as_str(), name.as_str(), *number)).collect();
        differences::require_none(conn, &node.vault, &named)?;
        if meant.contains(&case.person_id) {
            effects::foresee(conn, node, by, case, Some(form))?;
        }
        if let CaseFields::Birth(birth) = form {
            births::foresee(conn, node, case, &parties, birth)?;
        }
        let strangers = unknown.into_iter().filter_map(|index| Some((index, self.input.parties.get(index)?)));
        let held = status::held(case, form, self.input.event_on, placed.clone(), by.now);
        let matter = Matter { strangers: strangers.collect(), ..held };
        status::check_again(conn, node, &matter, Some(&after))?;
        let taken = Matter {
            applicant: applies,
            relation: Some(self.input.applicant.relation),
            proxy: case.proxy_id,
            acts_on: case.accepted_at.unwrap_or(by.now).date(),
            is_taken: true,
            is_restored: true,
            ..matter
        };
        status::refuse(self.lineup.obey(conn, node, case, &taken)?, Some(&after))?;
        let stood = store::parties(conn, case.id)?;
        let stood = status::placed(conn, &stood)?;
        let meant_before = Meant { parties: &stood, applicant: Some(case.applicant_id), proxy: case.proxy_id };
        let told = ((before, &meant_before), (&self.input, &meant_after));
        change_papers::of_correction(conn, node, by, case, told, papers)
    }

    /// Puts the corrections into the case, the register, and what follows from the case.
    pub fn put_into(&self, tx: &mut Tx, node: &Node, by: &By, case: &mut Case) -> Result<()> {
        let (form, after) = (self.form(case)?, Names::of(&self.input));
        let (parties, applicant) = self.meet(tx, node, by, case, &after)?;
        let mut people = effects::party_ids(tx, case)?;
        let is_moved = (&parties, applicant) != (&store::parties(tx, case.id)?, case.applicant_id);
        // Whoever is added or taken out beside those who stay changes nothing of what these were given.
        let is_of_others = self.is_of_others(tx, case, (&parties, applicant))?;
        let is_redone = match is_of_others {
            true => true,
            false => effects::differ(tx, node, case, form)? && !effects::put_right(tx, node, by, case, form)?,
        };
        if is_redone {
            effects::take_back(tx, node, by, case)?;
        }
        if is_moved {
            self.move_to(tx, node, by, case, (&parties, applicant), form)?;
        }
        self.say(tx, node, by, case, (&parties, applicant), &after)?;
        named::keep(tx, node, case.id, &after)?;
        certified::keep(tx, &node.vault, case.id, (&case.type_code, &self.judged.fields))?;
        case.event_on = self.input.event_on;
        case.relation = self.input.applicant.relation;
        case.fields = store::seal_fields(&node.vault, case.id, &self.judged.fields)?;
        self.shown.put_into(case)?;
        case.late = self.judged.late;
        case.legal_due_on = self.judged.legal.as_ref().map(|legal| legal.due_on);
        if is_of_others {
            effects::require_place(tx, node, by, case)?;
        }
        if is_redone {
            effects::carry_out(tx, node, by, case)?;
        }
        status::withdraw(tx, node, by, case)?;
        status::enter(tx, node, by, case, (form, false))?;
        people.extend(effects::party_ids(tx, case)?);
        seals::follow(tx, &node.vault, (case, true), &people, by.now)
    }

    /// Whether it is of other people from now on, or of these in other parts, whoever is named beside them.
    fn is_of_others(&self, conn: &mut Conn, case: &Case, (parties, applicant): (&[Party], Id)) -> Result<bool> {
        let is_about_another = about::person(&case.type_code, parties).is_some_and(|person| person != case.person_id);
        let kept = self.lineup.kept(conn, case)?;
        Ok(is_about_another || applicant != case.applicant_id || !parties.starts_with(&kept))
    }

    /// The parties and the applicant whom the case means now; those whom the office does not know yet are noted.
    fn meet(&self, tx: &mut Tx, node: &Node, by: &By, case: &Case, after: &Names) -> Result<(Vec<Party>, Id)> {
        let word = Word { rank: Rank::Seen, ..effects::word(by, case) };
        let mut parties = self.parties(tx, case)?;
        let mut met = |old: &Face, new: &Face, current: Id| {
            numbers::own_numbers(tx, &node.vault, [&new.national_id])?;
            match whom(tx, node, (old, new), current)? {
                Some(id) => Ok::<_, Error>(id),
                None => {
                    let named = Named { name: new.name.as_str(), number: &new.national_id, birth_on: new.birth_on };
                    people::store::note(tx, &node.vault, &word, named).map(|(id, _)| id)
                }
            }
        };
        for (party, (old, new)) in parties.iter_mut().zip(self.faces(after)) {
            party.person_id = met(old, new, party.person_id)?;
        }
        let applicant = met(&self.before.applicant, &after.applicant, case.applicant_id)?;
        for (index, face) in self.added(after) {
            numbers::own_numbers(tx, &node.vault, [&face.national_id])?;
            let person_id = match self.known(tx, node, (index, face))? {
                Some(known) => known,
                None => people::store::meet(tx, &node.vault, &word, named_as(face))?.0,
            };
            parties.push(Party { role: self.input.parties[index].role, person_id });
        }
        parties.extend(self.lineup.made(tx, case)?);
        Ok((parties, applicant))
    }

    /// Lets the case mean other people, or mean them otherwise: what it says of those whom it named by mistake is struck, and said of the others.
    fn move_to(
        &self,
        tx: &mut Tx,
        node: &Node,
        by: &By,
        case: &mut Case,
        (parties, applicant): (&[Party], Id),
        form: &CaseFields,
    ) -> Result<()> {
        let after = Names::of(&self.input);
        let (all, before) = (store::parties(tx, case.id)?, self.lineup.kept(tx, case)?);
        let named = |id: Id| parties.iter().any(|party| party.person_id == id) || applicant == id || case.proxy_id == Some(id);
        let mut mistaken: Vec<Id> =
            all.iter().map(|party| party.person_id).chain([case.applicant_id]).filter(|id| !named(*id)).collect();
        // In another role it says something else of them.
        let recast = before.iter().zip(parties).filter(|(old, party)| old.role != party.role).map(|(_, party)| party.person_id);
        let recast: Vec<Id> = recast.collect();
        mistaken.extend(&recast);
        effects::unsaid(tx, node, by, case, &mistaken)?;
        store::drop_parties(tx, case.id)?;
        store::replace_parties(tx, case.id, parties)?;
        let (old_applicant, person) = (case.applicant_id, about::person(&case.type_code, parties));
        (case.person_id, case.applicant_id) = (person.unwrap_or(case.person_id), applicant);
        if old_applicant != applicant && !joins::records(tx, applicant)?.contains(&old_applicant) {
            // How to reach the one tells nobody how to reach the other.
            contacts::forget(tx, &case_path(case.id))?;
        }
        for ((old, party), face) in before.iter().zip(parties).zip(&after.parties) {
            if old.person_id != party.person_id || recast.contains(&party.person_id) {
                effects::name_party(tx, node, by, case, (party, face), form)?;
            }
        }
        for (index, face) in self.added(&after) {
            effects::name_party(tx, node, by, case, (&parties[index], face), form)?;
        }
        if old_applicant != applicant && !parties.iter().any(|party| party.person_id == applicant) {
            let party = Party { role: PartyRole::Other, person_id: applicant };
            effects::name_party(tx, node, by, case, (&party, &after.applicant), form)?;
        }
        Ok(())
    }

    /// Says the corrected names, in Latin letters as well, and days of birth of those whom the case means as before.
    fn say(
        &self,
        tx: &mut Tx,
        node: &Node,
        by: &By,
        case: &Case,
        (parties, applicant): (&[Party], Id),
        after: &Names,
    ) -> Result<()> {
        let form = self.form(case)?;
        for (party, (old, new)) in parties.iter().zip(self.faces(after)) {
            if old.national_id != new.national_id {
                continue;
            }
            let whom = (party.person_id, party.role);
            let called = effects::called(form, party.role);
            let (was, is) = self.old_name.as_ref().zip(called).unwrap_or((&old.name, &new.name));
            if was != is {
                effects::said(tx, node, by, case, whom, (FactKind::Name, Some(is.as_str().to_owned())))?;
            }
            if old.birth_on != new.birth_on {
                effects::said(tx, node, by, case, whom, (FactKind::BirthOn, new.birth_on.map(|day| day.to_string())))?;
            }
            if old.romanised_name != new.romanised_name {
                let name = new.romanised_name.as_ref().map(|name| name.as_str().to_owned());
                effects::said(tx, node, by, case, whom, (FactKind::RomanisedName, name))?;
            }
        }
        // What an applicant who is a party is called has been said of the party.
        let (old, new) = (&self.before.applicant, &after.applicant);
        let is_party = parties.iter().any(|party| party.person_id == applicant);
        if !is_party && old.national_id == new.national_id && old.name != new.name {
            let name = Some(new.name.as_str().to_owned());
            effects::said(tx, node, by, case, (applicant, PartyRole::Other), (FactKind::Name, name))?;
        }
        Ok(())
    }
}
