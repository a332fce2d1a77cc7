//! A case as a correction leaves it: judged by what the register says of its people, as at its intake, and put into the case, the
//! register, and what follows from the case.

use super::about;
use super::acting;
use super::births;
use super::book::Line;
use super::case::{Case, Party};
use super::certified;
use super::change_papers::{self, Shown};
use super::counter;
use super::effects;
use super::fields::{CaseFields, Findings, PartyRole};
use super::frame;
use super::guarded;
use super::heads;
use super::input::CaseInput;
use super::intake::Judged;
use super::lineups;
use super::marriages;
use super::meant::Meant;
use super::named::{self, Face, Names};
use super::proposed::{Proposed, named_as, whom};
use super::protected;
use super::seals;
use super::status::{self, Matter};
use super::store;
use crate::auth::{By, Involved};
use crate::db::{Conn, Id, Tx};
use crate::domain::case_path;
use crate::error::{Error, Result};
use crate::node::Node;
use crate::people::facts::{FactKind, Rank, Word};
use crate::people::{self, Name, contacts, differences, joins, numbers};
use crate::states::require_anothers;

/// A case as it stands corrected, and the lines for the record book.
pub struct Corrected {
    pub proposed: Proposed,
    pub judged: Judged,
    /// What its subject was called, of a change of name.
    pub old_name: Option<Name>,
    /// Its papers and circumstances from now on.
    pub shown: Shown,
    pub lines: Vec<Line>,
}

impl Corrected {
    fn form(&self, case: &Case) -> Result<&CaseFields> {
        self.judged.form.as_ref().ok_or_else(|| Error::Internal(format!("case {} has no form", case.id)))
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
        let (form, input, after) = (self.form(case)?, &self.proposed.input, Names::of(&self.proposed.input));
        frame::require_way(conn, case, self.judged.channel)?;
        self.require_married(conn, node, case, &after)?;
        let people = self.proposed.people(conn, node, case, &after)?;
        let applies = self.proposed.applicant(conn, node, case, &after)?;
        let mut meant: Vec<Id> = people.parties.iter().map(|party| party.person_id).collect();
        let comes = self.proposed.proxy(conn, node, case, &after)?;
        meant.extend(applies.into_iter().chain(comes));
        let mut numbers = store::named_in(&node.vault, &self.judged.fields);
        let beside = after.beside(conn, &node.vault, &self.proposed.before)?;
        numbers.extend(beside.numbers);
        require_anothers(conn, by, Involved { records: meant.clone(), numbers, called: beside.called })?;
        let placed = people.placed(conn)?;
        let (applied, proxy) = status::asking(conn, case)?;
        let applies = applies.map(|applies| joins::last(conn, applies)).transpose()?;
        let comes = comes.map(|comes| joins::last(conn, comes)).transpose()?;
        let meant_after = Meant { parties: &placed, applicant: applies, proxy: comes };
        self.obey_marks(conn, node, by, case, (&after, &meant_after))?;
        self.require_called(conn, node, case, &after)?;
        if meant.contains(&case.person_id) {
            effects::foresee(conn, node, by, case, Some(form))?;
        }
        if let CaseFields::Birth(birth) = form {
            births::foresee(conn, node, case, &people.parties, birth)?;
        }
        let strangers = people.unknown.iter().filter_map(|index| Some((*index, input.parties.get(*index)?)));
        let held = status::held(case, form, input.event_on, placed.clone(), by.now);
        let matter = Matter { strangers: strangers.collect(), ..held };
        status::check_again(conn, node, &matter, Some(&after))?;
        let mut guarded = Findings::default();
        guarded::check(conn, node, &matter, &mut guarded)?;
        status::refuse(guarded, Some(&after))?;
        let taken = acting::as_taken(conn, case, matter, by.now)?;
        let taken = Matter { relation: Some(input.applicant.relation), applicant: applies, proxy: comes, ..taken };
        status::refuse(self.found_as_taken(conn, node, by, case, &taken)?, Some(&after))?;
        let stood = store::parties(conn, case.id)?;
        let stood = status::placed(conn, &stood)?;
        let meant_before = Meant { parties: &stood, applicant: Some(applied), proxy };
        change_papers::of_correction(conn, node, by, case, ((before, &meant_before), (input, &meant_after)), papers)
    }

    /// Refuses to name the spouse of a marriage whose end is registered with somebody who is known by name alone.
    fn require_married(&self, conn: &mut Conn, node: &Node, case: &Case, after: &Names) -> Result<()> {
        let is_spouse = |index: usize| self.proposed.input.parties[index].role == PartyRole::Spouse;
        let is_marriage = matches!(self.form(case)?, CaseFields::Marriage(_));
        let adds_spouse = is_marriage && self.proposed.added(after).any(|(index, _)| is_spouse(index));
        if adds_spouse && marriages::has_divorce(conn, node, case)? {
            let (zh, en) = (
                "此婚姻之離婚或終止登記仍存；請先撤銷該登記，再以配偶身分補辦",
                "the end of this marriage stands registered: revoke that entry first, and enter it anew with the spouse",
            );
            return Err(effects::contradiction(zh, en));
        }
        Ok(())
    }

    /// Refuses whoever is barred from the data of those whom it names now.
    fn obey_marks(&self, conn: &mut Conn, node: &Node, by: &By, case: &Case, (after, meant): (&Names, &Meant<'_>)) -> Result<()> {
        let (proposed, today) = (&self.proposed, by.now.date());
        if proposed.asks_otherwise(conn, case, after)? {
            let case_type = counter::own_type(node, conn, case)?;
            protected::obey(conn, node, &case_type, (&proposed.input, meant), today)?;
            let new = proposed.new_places(conn, case, after)?;
            protected::keep_off(conn, node, (&proposed.input, meant.parties), &new, today)?;
        } else if proposed.calls_otherwise(after) {
            let case_type = counter::own_type(node, conn, case)?;
            protected::keep_open(conn, node, &case_type, (&proposed.input, meant), today)?;
        }
        Ok(())
    }

    /// Refuses to name somebody anew whom the office knows by another name.
    fn require_called(&self, conn: &mut Conn, node: &Node, case: &Case, after: &Names) -> Result<()> {
        let (form, proposed) = (self.form(case)?, &self.proposed);
        let mut named = Vec::new();
        let is_another = |(old, new): &(&Face, &Face)| old.national_id != new.national_id;
        for (index, (_, new)) in proposed.faces(after).enumerate().filter(|(_, faces)| is_another(faces)) {
            let name = effects::called(form, proposed.input.parties[index].role).unwrap_or(&new.name);
            named.push((format!("/parties/{index}/name"), name, &new.national_id));
        }
        let added = proposed.added(after).map(|(index, face)| (format!("/parties/{index}/name"), &face.name, &face.national_id));
        named.extend(added);
        let (old, new) = (&proposed.before.applicant, &after.applicant);
        if old.national_id != new.national_id {
            named.push(("/applicant/name".to_owned(), &new.name, &new.national_id));
        }
        let proxy = proposed.proxies(after).filter(is_another);
        named.extend(proxy.map(|(_, new)| ("/proxy/name".to_owned(), &new.name, &new.national_id)));
        let named: Vec<_> = named.iter().map(|(pointer, name, number)| (pointer.as_str(), name.as_str(), *number)).collect();
        differences::require_none(conn, &node.vault, &named)
    }

    /// What the register would have forbidden at the intake, at the day of its acceptance, that it does not of the case as it stands;
    /// and what it forbids of those whom it adds or takes out.
    fn found_as_taken(&self, conn: &mut Conn, node: &Node, by: &By, case: &Case, taken: &Matter<'_>) -> Result<Findings> {
        let lineup = &self.proposed.lineup;
        let (fields, parties) = (effects::entered(conn, node, case)?, store::parties(conn, case.id)?);
        let held = status::held(case, &fields, case.event_on, status::placed(conn, &parties)?, by.now);
        let before = acting::as_taken(conn, case, held, by.now)?;
        let stood = lineup.carried(status::findings(conn, node, &before)?);
        let mut found = status::findings(conn, node, taken)?;
        found.0.retain(|one| !stood.has(one));
        let beside = lineup.obey(conn, node, case, &Matter { is_restored: true, ..taken.clone() })?;
        for one in beside.0 {
            if !found.has(&one) {
                found.0.push(one);
            }
        }
        Ok(found)
    }

    /// Puts the corrections into the case, the register, and what follows from the case.
    pub fn put_into(&self, tx: &mut Tx, node: &Node, by: &By, case: &mut Case) -> Result<()> {
        let (form, after) = (self.form(case)?, Names::of(&self.proposed.input));
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
        self.put_proxy(tx, node, by, case, (&parties, applicant), form)?;
        frame::put_into(tx, node, case, (&self.proposed.input, self.judged.channel))?;
        self.say(tx, node, by, case, (&parties, applicant), &after)?;
        named::keep(tx, node, case.id, &after)?;
        certified::keep(tx, &node.vault, case.id, (&case.type_code, &self.judged.fields))?;
        heads::keep(tx, &node.vault, case.id, (&case.type_code, &self.judged.fields))?;
        case.event_on = self.proposed.input.event_on;
        case.relation = self.proposed.input.applicant.relation;
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
        let kept = self.proposed.lineup.kept(conn, case)?;
        Ok(is_about_another || applicant != case.applicant_id || !parties.starts_with(&kept))
    }

    /// The parties and the applicant whom the case means now; those whom the office does not know yet are noted.
    fn meet(&self, tx: &mut Tx, node: &Node, by: &By, case: &Case, after: &Names) -> Result<(Vec<Party>, Id)> {
        let word = Word { rank: Rank::Seen, ..effects::word(by, case) };
        let mut parties = self.proposed.staying(tx, case)?;
        for (party, (old, new)) in parties.iter_mut().zip(self.proposed.faces(after)) {
            party.person_id = met(tx, node, &word, (old, new), party.person_id)?;
        }
        let applicant = (&self.proposed.before.applicant, &after.applicant);
        let applicant = met(tx, node, &word, applicant, case.applicant_id)?;
        for (index, face) in self.proposed.added(after) {
            numbers::own_numbers(tx, &node.vault, [&face.national_id])?;
            let person_id = match self.proposed.known(tx, node, (index, face))? {
                Some(known) => known,
                None => people::store::meet(tx, &node.vault, &word, named_as(face))?.0,
            };
            parties.push(Party { role: self.proposed.input.parties[index].role, person_id });
        }
        parties.extend(self.proposed.lineup.made(tx, case)?);
        Ok((parties, applicant))
    }

    /// Lets the case mean, and say of, whoever came for the applicant in the place of whom it named by mistake; a name that was put right
    /// is said of whom it means as before.
    fn put_proxy(
        &self,
        tx: &mut Tx,
        node: &Node,
        by: &By,
        case: &mut Case,
        (parties, applicant): (&[Party], Id),
        form: &CaseFields,
    ) -> Result<()> {
        let after = Names::of(&self.proposed.input);
        let Some(((old, new), former)) = self.proposed.proxies(&after).zip(case.proxy_id) else { return Ok(()) };
        let word = Word { rank: Rank::Seen, ..effects::word(by, case) };
        let comes = met(tx, node, &word, (old, new), former)?;
        case.proxy_id = Some(comes);
        let is_named = |id: Id| applicant == id || parties.iter().any(|party| party.person_id == id);
        if comes != former && !is_named(former) {
            effects::unsaid(tx, node, by, case, &[former])?;
        }
        // What is said of somebody as the applicant or a party is said there.
        if is_named(comes) {
            return Ok(());
        }
        if comes != former {
            let party = Party { role: PartyRole::Other, person_id: comes };
            return effects::name_party(tx, node, by, case, (&party, new), form);
        }
        if old.name != new.name {
            let name = Some(new.name.as_str().to_owned());
            effects::said(tx, node, by, case, (comes, PartyRole::Other), (FactKind::Name, name))?;
        }
        Ok(())
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
        let after = Names::of(&self.proposed.input);
        let (all, before) = (store::parties(tx, case.id)?, self.proposed.lineup.kept(tx, case)?);
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
        lineups::keep(tx, case.id, (&all, parties), by.now)?;
        let (old_applicant, person) = (case.applicant_id, about::person(&case.type_code, parties));
        (case.person_id, case.applicant_id) = (person.unwrap_or(case.person_id), applicant);
        if old_applicant != applicant {
            lineups::keep_applicants(tx, case.id, (old_applicant, applicant), by.now)?;
            // How to reach the one tells nobody how to reach the other.
            contacts::forget(tx, &case_path(case.id))?;
        }
        for ((old, party), face) in before.iter().zip(parties).zip(&after.parties) {
            if old.person_id != party.person_id || recast.contains(&party.person_id) {
                effects::name_party(tx, node, by, case, (party, face), form)?;
            }
        }
        for (index, face) in self.proposed.added(&after) {
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
        for (party, (old, new)) in parties.iter().zip(self.proposed.faces(after)) {
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
        let (old, new) = (&self.proposed.before.applicant, &after.applicant);
        let is_party = parties.iter().any(|party| party.person_id == applicant);
        if !is_party && old.national_id == new.national_id && old.name != new.name {
            let name = Some(new.name.as_str().to_owned());
            effects::said(tx, node, by, case, (applicant, PartyRole::Other), (FactKind::Name, name))?;
        }
        Ok(())
    }
}

/// Whom a case means now by a name and a number that were put right; somebody whom the office does not know yet is noted.
fn met(tx: &mut Tx, node: &Node, word: &Word<'_>, (old, new): (&Face, &Face), current: Id) -> Result<Id> {
    numbers::own_numbers(tx, &node.vault, [&new.national_id])?;
    match whom(tx, node, (old, new), current)? {
        Some(id) => Ok(id),
        None => people::store::note(tx, &node.vault, word, named_as(new)).map(|(id, _)| id),
    }
}
