//! What somebody was told last, in substance and to where: by that, and by what stands today, it is judged whether they are to be told
//! anything. What waits to be told has told nobody, nor has what went to a wrong address.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::acting::Open;
use super::handling::Handling;
use super::model::{PetitionNoticeKind, ToldBy};
use super::steps::{PetitionNotice, Supplement};
use super::tellings::{REPRESENTATIVE, Telling, TellingStatus, ToldAbout, What};
use crate::clock::Moment;
use crate::error::Result;
use crate::node::Node;
use crate::people::{Contact, Email, Phone};

/// Where a telling goes, or went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Destination {
    Mail(Email),
    Letter(String),
    Call(Vec<Phone>),
}

impl Destination {
    /// Where somebody is reached by a way.
    pub fn of(way: ToldBy, contact: Option<&Contact>) -> Option<Self> {
        let contact = contact?;
        match way {
            ToldBy::Mail => contact.email.clone().map(Self::Mail),
            ToldBy::Letter => contact.address.clone().map(Self::Letter),
            ToldBy::Call => Some(Self::Call(contact.phone.iter().chain(&contact.other_phones).cloned().collect())),
            ToldBy::Tracking | ToldBy::Representative | ToldBy::Once => None,
        }
    }

    /// The address of a letter.
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::Letter(address) => Some(address),
            Self::Mail(_) | Self::Call(_) => None,
        }
    }
}

/// What a telling says, and where it goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The number of the telling.
    pub number: usize,
    /// In substance, in whichever language: what would make another telling of it say something else.
    pub facts: Option<String>,
    /// It says that it takes the place of what was told before.
    pub corrects: bool,
    pub to: Option<Destination>,
    /// When it went out, and the day on which it counts as having reached them: of what has since turned out to have gone astray, too.
    pub gone: Option<(Moment, NaiveDate)>,
    /// A mail that could not be stopped in time: it may have gone.
    pub is_on_its_way: bool,
    /// When it was stopped: what is noted to have gone on that day had gone by then.
    #[serde(default)]
    pub stopped_at: Option<Moment>,
}

/// A notice, and what it undoes or puts right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mending {
    pub notice: What,
    pub mends: Vec<What>,
}

impl Handling {
    /// What a telling says; nothing where that was not kept.
    pub fn said(&self, telling: &Telling) -> Option<&Said> {
        self.said.iter().find(|said| said.number == telling.number)
    }

    pub fn said_mut(&mut self, number: usize) -> Option<&mut Said> {
        self.said.iter_mut().find(|said| said.number == number)
    }

    /// The substance of what a telling says.
    fn facts(&self, telling: &Telling) -> Option<&String> {
        self.said(telling).and_then(|said| said.facts.as_ref())
    }

    /// By what the last of several words is known, whichever way each went and whenever it was noted: when it went out, and of those of one
    /// moment by their order. Of a letter of which the day alone is known that is the end of it, when the post goes; what was stopped on the
    /// day on which it is noted to have gone had gone before; and what is on its way still goes after all that has gone.
    pub fn went_out(&self, telling: &Telling) -> (bool, Moment, usize) {
        let said = self.said(telling);
        let told_at = telling.told_at.unwrap_or(telling.at);
        let day = told_at.date();
        let is_of_day = telling.told_by == ToldBy::Letter && told_at == Moment::start_of(day);
        let at = if is_of_day { Moment::end_of(day) } else { told_at };
        let stopped_at = said.and_then(|said| said.stopped_at).filter(|stopped_at| stopped_at.date() == day);
        let is_on_its_way = telling.status == TellingStatus::Waiting && said.is_some_and(|said| said.is_on_its_way);
        (is_on_its_way, stopped_at.map_or(at, |stopped_at| at.min(stopped_at)), telling.number)
    }

    /// Whether a telling has told somebody by a way of the office's, or may have.
    fn was_heard(&self, telling: &Telling) -> bool {
        let may_have = || telling.status == TellingStatus::Waiting && self.said(telling).is_some_and(|said| said.is_on_its_way);
        telling.has_told() || may_have()
    }

    /// Whether something was shown to the representative by `:track`, and stands in the place of nothing else.
    fn is_shown_now(&self, telling: &Telling) -> bool {
        telling.is_shown() && telling.status == TellingStatus::Told && telling.is_representatives() && self.is_of_now(telling)
    }

    pub fn kind_of(&self, (about, place): What) -> Option<PetitionNoticeKind> {
        let notice = place.checked_sub(1).and_then(|nth| self.notices.get(nth));
        notice.filter(|_| about == ToldAbout::Notice).map(|notice| notice.about)
    }

    /// All by which the same matter is told, of which the latest that somebody has heard counts.
    pub fn strand(&self, what: What) -> Vec<What> {
        use PetitionNoticeKind as Kind;
        match (what.0, self.kind_of(what)) {
            (ToldAbout::Remedies, _) | (_, Some(Kind::AppealMoved)) => self.told_remedies(),
            (ToldAbout::Supplement, _) => self.request(what.1),
            (_, Some(Kind::SupplementMoved | Kind::SupplementCorrected)) => {
                self.asked_place().map_or_else(|| vec![what], |place| self.request(place))
            }
            (_, Some(kind @ (Kind::Withdrawn | Kind::Appeal | Kind::Merged))) => self.notices_about(&[kind]),
            _ => vec![what],
        }
    }

    /// Whether a notice says anew what was said before by another one.
    pub fn is_correction(&self, what: What) -> bool {
        use PetitionNoticeKind as Kind;
        matches!(self.kind_of(what), Some(Kind::AppealMoved | Kind::SupplementMoved | Kind::SupplementCorrected))
    }

    /// Adds a notice that is to be told.
    pub fn add_notice(&mut self, about: PetitionNoticeKind, now: Moment) -> What {
        self.notices.push(PetitionNotice { about, at: now, told_by: ToldBy::Tracking });
        (ToldAbout::Notice, self.notices.len())
    }

    /// What a notice puts right, with what those of its kind do that wait and in the place of which it is told; none where one of these is
    /// told by itself.
    pub fn with_what_waits(&self, about: PetitionNoticeKind, mends: &[What]) -> Option<Vec<What>> {
        let mut all = mends.to_vec();
        for notice in self.notices_about(&[about]) {
            let waits = |one: &Telling| one.what() == notice && one.status == TellingStatus::Waiting;
            if self.tellings.iter().any(waits) {
                all.extend_from_slice(self.mended_by(notice)?);
            }
        }
        Some(all)
    }

    /// Whom a notice is told to, with those to whom one of its kind waits to be told, in the place of which it is.
    pub fn with_who_waits(&self, about: PetitionNoticeKind, whom: &[usize]) -> Vec<usize> {
        let notices = self.notices_about(&[about]);
        let waits = |one: &&Telling| one.status == TellingStatus::Waiting && notices.contains(&one.what());
        let mut all: Vec<usize> = self.tellings.iter().filter(waits).filter_map(|one| one.petitioner).collect();
        all.extend_from_slice(whom);
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What a notice undoes or puts right; none of one that is told by itself.
    pub fn mended_by(&self, notice: What) -> Option<&[What]> {
        self.mendings.iter().find(|one| one.notice == notice).map(|one| one.mends.as_slice())
    }

    /// Whether a notice undoes or puts right something.
    fn mends(&self, notice: What, what: What) -> bool {
        self.mended_by(notice).is_some_and(|mends| mends.contains(&what))
    }

    /// Whether a notice was made since a telling was.
    fn is_older(&self, telling: &Telling, notice: What) -> bool {
        let first = self.tellings.iter().filter(|one| one.what() == notice).map(|one| one.number).min();
        first.is_none_or(|first| telling.number < first)
    }

    /// The latest of these that somebody has heard, unless they have heard since that it is no longer so; or of what puts something right,
    /// that again.
    fn last_of(&self, all: &[What], petitioner: usize, is_heard: impl Fn(&Telling) -> bool) -> Option<&Telling> {
        let undoes = |one: &Telling| {
            let what = one.what();
            all.iter().any(|of| self.mends(what, *of) || self.mends(*of, what) && self.is_older(one, *of))
        };
        let is_it =
            |one: &&Telling| one.petitioner == Some(petitioner) && is_heard(one) && (all.contains(&one.what()) || undoes(one));
        let latest = self.tellings.iter().filter(is_it).max_by_key(|one| self.went_out(one));
        latest.filter(|one| all.contains(&one.what()))
    }

    /// Whether a notice puts something right that was told.
    pub fn puts_right(&self, notice: What) -> bool {
        self.is_correction(notice) || self.mended_by(notice).is_some_and(|mends| !mends.is_empty())
    }

    /// Whom a notice has told that something was wrong, and who have heard that again since: it went out later. Nobody to whom it is told
    /// right already.
    pub fn told_wrong_again(&self, notice: What) -> Vec<usize> {
        let Some(mends) = self.mended_by(notice) else { return Vec::new() };
        let told = self.tellings.iter().filter(|one| one.what() == notice && one.has_told());
        let mut whom: Vec<usize> = told.filter_map(|one| one.petitioner).collect();
        whom.sort_unstable();
        whom.dedup();
        whom.retain(|petitioner| {
            let heard = self.last_of(mends, *petitioner, |one| self.was_heard(one));
            heard.filter(|one| self.is_older(one, notice)).is_some_and(|heard| {
                let tells_right = |one: &Telling| one.what() == notice || self.mends(one.what(), heard.what());
                let waits = |one: &Telling| one.petitioner == Some(*petitioner) && one.status == TellingStatus::Waiting;
                !self.tellings.iter().any(|one| waits(one) && tells_right(one))
            })
        });
        whom
    }

    /// What of a matter somebody has heard last by a way of the office's, unless they have heard since that it is no longer so.
    pub fn heard(&self, what: What, petitioner: usize) -> Option<&Telling> {
        self.last_of(&self.strand(what), petitioner, |one| self.was_heard(one))
    }

    /// Who knows any of these, or may: the representative by what `:track` shows, too.
    pub fn who_knows(&self, all: &[What]) -> Vec<usize> {
        let mut whom: Vec<usize> = self.tellings.iter().filter_map(|one| one.petitioner).collect();
        whom.sort_unstable();
        whom.dedup();
        whom.retain(|petitioner| self.last_of(all, *petitioner, |one| self.was_heard(one) || self.is_shown_now(one)).is_some());
        whom
    }

    /// Day on which what is asked for has reached the petitioner first, as it stands: by what says the same, or the same as what was to be
    /// told of it last. That the calendar moves its last day on is not waited for.
    pub fn asked_on(&self, place: usize) -> Option<NaiveDate> {
        let today = place.checked_sub(1).and_then(|nth| self.supplements.get(nth)).map(asked_for)?;
        let mut request = self.request(place);
        request.retain(|what| self.kind_of(*what) != Some(PetitionNoticeKind::SupplementMoved));
        let is_asking = |one: &&Telling| one.is_representatives() && request.contains(&one.what());
        let latest = self.tellings.iter().rfind(is_asking)?;
        let says_so = |one: &&Telling| {
            one.number == latest.number
                || self.facts(one).is_some_and(|facts| *facts == today || Some(facts) == self.facts(latest))
        };
        let told = self.tellings.iter().filter(is_asking).filter(|one| one.status == TellingStatus::Told);
        told.filter(says_so).filter_map(|one| one.reached_on).min()
    }

    /// Whether nothing was kept of the telling of any of these: it was told.
    pub fn is_untraced(&self, all: &[What]) -> bool {
        !self.tellings.iter().any(|one| all.contains(&one.what()))
    }
}

/// The substance of what is asked for.
fn asked_for(asked: &Supplement) -> String {
    let until = asked.due_at.map_or_else(|| asked.due_on.to_string(), |due_at| due_at.to_string());
    format!("{until} {}", asked.what)
}

/// The substance of what would be told of something as it stands now; none where it is told once and no more.
pub fn facts(node: &Node, open: &Open, what: What) -> Result<Option<String>> {
    use PetitionNoticeKind as Kind;
    let handling = &open.handling;
    let nth = what.1.saturating_sub(1);
    // What is said again of a new period is something else.
    let period = handling.periods.len();
    Ok(match (what.0, handling.kind_of(what)) {
        (ToldAbout::Confirmation, _) => None,
        (ToldAbout::Remedies, _) | (_, Some(Kind::AppealMoved)) => {
            open.row.matter(&node.vault)?.against_decision.map(|decision| decision.appeal_until_on.to_string())
        }
        (ToldAbout::Supplement, _) => handling.supplements.get(nth).map(asked_for),
        (_, Some(Kind::SupplementMoved | Kind::SupplementCorrected)) => handling.asked_supplement().map(asked_for),
        (ToldAbout::Extension, _) => handling.extension.as_ref().map(|given| format!("{period} {} {}", given.days, given.reason)),
        (ToldAbout::Transfer, _) => handling.transfer.as_ref().map(|sent| sent.to.clone()),
        (ToldAbout::Filing, _) => handling.filing.as_ref().map(|filing| format!("{period} {}", filing.ground)),
        (_, Some(Kind::Appeal)) => Some(open.row.received_at.date().to_string()),
        (ToldAbout::Reply | ToldAbout::Adoption | ToldAbout::Notice, _) => Some(String::new()),
    })
}

/// By which telling somebody knows something as it stands today, and need not be told it.
pub fn known<'o>(node: &Node, open: &'o Open, what: What, petitioner: usize) -> Result<Option<&'o Telling>> {
    let today = facts(node, open, what)?;
    let heard = open.handling.heard(what, petitioner).filter(|one| one.has_told());
    Ok(heard.filter(|one| today.is_some() && open.handling.facts(one) == today.as_ref()))
}

/// Whether somebody has heard something else than stands today.
pub fn knows_otherwise(node: &Node, open: &Open, what: What, petitioner: usize) -> Result<bool> {
    let today = facts(node, open, what)?;
    let heard = open.handling.heard(what, petitioner).and_then(|one| open.handling.facts(one));
    Ok(heard.is_some_and(|heard| today.as_ref() != Some(heard)))
}

/// Whether what is told takes the place of what its reader was told before, and says so.
pub fn corrects(node: &Node, open: &Open, what: What, petitioner: usize) -> Result<bool> {
    Ok(open.handling.is_correction(what) || knows_otherwise(node, open, what, petitioner)?)
}

/// Whether a notice says anything to somebody: what puts right, or undoes, what they have never heard does not, nor what has come to be
/// so again. What is `shown` by `:track` alone is heard where it can be told in no other way.
pub fn is_worth(
    node: &Node,
    open: &Open,
    (what, petitioner): (What, usize),
    (stands, counts_shown): (&[What], bool),
) -> Result<bool> {
    let handling = &open.handling;
    let is_heard = |one: &Telling| handling.was_heard(one) || counts_shown && handling.is_shown_now(one);
    if handling.is_correction(what) {
        let strand = handling.strand(what);
        let first: Vec<What> = strand.iter().copied().filter(|one| !handling.is_correction(*one)).collect();
        let is_untraced = petitioner == REPRESENTATIVE && handling.is_untraced(&first);
        let is_known = known(node, open, what, petitioner)?.is_some_and(|one| one.what() != what);
        return Ok(!is_known && (is_untraced || handling.last_of(&strand, petitioner, is_heard).is_some()));
    }
    // On new facts they are told whatever they have heard.
    let mends = handling.mended_by(what).filter(|_| handling.kind_of(what) != Some(PetitionNoticeKind::Reopened));
    let Some(mends) = mends else { return Ok(true) };
    if handling.is_untraced(mends) {
        return Ok(true);
    }
    let Some(heard) = handling.last_of(mends, petitioner, is_heard) else { return Ok(false) };
    for one in stands.iter().filter(|one| handling.strand(**one).contains(&heard.what())) {
        if handling.facts(heard) == facts(node, open, *one)?.as_ref() {
            return Ok(false);
        }
    }
    Ok(true)
}
