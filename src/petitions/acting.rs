//! What every act on a petition goes through: found as far as the caller sees, judged by its state and by who acts, saved, told
//! and shown.

use actix_web::web::Data;
use chrono::NaiveDate;
use serde_json::json;

use super::counting;
use super::custody::has_no_director;
use super::group;
use super::handling::Handling;
use super::intake::PetitionTaken;
use super::model::{PetitionAct, PetitionStatus, ToldBy};
use super::periods::RunningPeriod;
use super::settings::PetitionSettings;
use super::sight::{Sight, find, known};
use super::steps::{Closing, Ended, Extension};
use super::store::{self, Petition};
use super::tellings::{REPRESENTATIVE, ToldAbout};
use super::view::shown;
use super::{extension, heard, judging, letters, publications, supplements, told, undoing};
use crate::auth::policy::Action;
use crate::auth::{By, May, Role};
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Reply};
use crate::node::Node;
use crate::retention::require_kept;
use crate::scheduling::Plans;
use crate::states::{Part, parts_of};

/// A petition that is acted upon.
pub struct Open {
    pub row: Petition,
    pub handling: Handling,
    pub sight: Sight,
    /// The state before the act.
    pub before: PetitionStatus,
    /// The secret that took the place of one that whoever it concerns may know.
    pub renewed_secret: Option<String>,
    /// The same of those that are merged into it.
    pub renewed_secrets: Vec<PetitionTaken>,
}

impl Open {
    pub fn of(node: &Node, (row, sight): (Petition, Sight)) -> Result<Self> {
        let handling = row.handling(&node.vault)?;
        let before = row.status;
        Ok(Self { row, handling, sight, before, renewed_secret: None, renewed_secrets: Vec::new() })
    }

    /// What the caller could do now.
    pub fn allowed(&self, conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<&'static str>> {
        let mut names = Vec::new();
        for act in PetitionAct::possible(self.row.status) {
            let line = act.line();
            if !names.contains(&line.name) && line.is_granted(&by.caller) && self.obstacle(conn, node, by, act)?.is_none() {
                names.push(line.name);
            }
        }
        Ok(names)
    }

    /// Goes to the state after an act, or says what is allowed.
    pub fn step(&mut self, conn: &mut Conn, node: &Node, by: &By, act: PetitionAct) -> Result<()> {
        let Some(status) = act.after(self.row.status) else { return Err(Error::wrong_state(&self.allowed(conn, node, by)?)) };
        if let Some(refusal) = self.obstacle(conn, node, by, act)? {
            return Err(refusal);
        }
        self.row.status = status;
        Ok(())
    }

    /// What keeps the caller from an act that the state allows, whatever they would say with it: what it names is not in `allowed_actions`,
    /// and refused.
    fn obstacle(&self, conn: &mut Conn, node: &Node, by: &By, act: PetitionAct) -> Result<Option<Error>> {
        use PetitionAct::{
            ApproveFiling, ApproveReply, Extend, Merge, ProposeFiling, RefuseExtension, RejectFiling, Reopen, RequestSupplement,
            ReturnReply, ScreenOut, Transfer, TreatAsAppeal, Unsign, Withdraw,
        };
        if let Err(refusal) = require_kept(self.row.erased_at) {
            return Ok(Some(refusal));
        }
        if !self.may(conn, by, act)? {
            return Ok(Some(Code::FORBIDDEN.into()));
        }
        let signer = if act == Unsign { undoing::signer(conn, self)? } else { None };
        if act == Unsign && (signer.is_none() || !undoing::is_untouched(conn, self)?) {
            return Ok(Some(conflict("未經朗讀簽名，或已據以辦理", "it was not signed, or something rests on it by now")));
        }
        // Each petitioner has a word of their own in these, and nobody is left without an answer by another's.
        let is_ones_own = matches!(act, Merge | Transfer | Withdraw | ScreenOut | ProposeFiling | TreatAsAppeal);
        if is_ones_own && !group::merged_into(conn, self.row.id)?.is_empty() {
            return Ok(Some(others_merged()));
        }
        if let Some(refusal) = self.lack(conn, node, by, act)? {
            return Ok(Some(refusal));
        }
        let done = match act {
            ApproveReply | ReturnReply => self.handling.draft().map(|draft| (Part::Clerk, draft.by.as_str(), Some(draft.at))),
            Extend | RefuseExtension => {
                self.handling.asked_extension().map(|asked| (Part::Proposer, asked.asked_by.as_str(), Some(asked.asked_at)))
            }
            RequestSupplement => {
                self.handling.stopping_supplement().map(|asked| (Part::Clerk, asked.asked_by.as_str(), Some(asked.asked_at)))
            }
            Reopen => self.handling.ended.as_ref().map(|ended| (Part::Clerk, ended.by.as_str(), Some(ended.at))),
            Unsign => signer.as_ref().map(|(name, at)| (Part::Clerk, name.as_str(), Some(*at))),
            ApproveFiling | RejectFiling => self
                .handling
                .filing
                .as_ref()
                .map(|filing| (Part::Proposer, filing.proposed_by.as_str(), Some(filing.proposed_at))),
            _ => return Ok(None),
        };
        let parts = parts_of(conn, &by.caller, done)?;
        Ok(act.keep_apart(&parts).err())
    }

    /// What an act needs of the petition and does not find.
    fn lack(&self, conn: &mut Conn, node: &Node, by: &By, act: PetitionAct) -> Result<Option<Error>> {
        use PetitionAct::{
            AskExtension, Extend, NoteLetters, RefuseExtension, Release, ReleaseUnnamed, RequestSupplement, RevokeExtension,
            StrikeSupplement, TreatAsAppeal,
        };
        let is_late = self.row.due_at.is_some_and(|due| due < by.now);
        let extension = self.handling.extension.as_ref();
        let required =
            |at: &'static str, zh: &'static str, en: &'static str| Some(Error::field(at, "required", Text::new(zh, en)));
        Ok(match act {
            AskExtension if extension.is_some_and(|extension| extension.revoked.is_none()) => {
                Some(conflict("已申請或已延長一次", "an extension was asked for already, or given once"))
            }
            Extend | RefuseExtension if self.handling.asked_extension().is_none() => {
                Some(conflict("無待決之延長申請", "no extension waits for a decision"))
            }
            AskExtension | Extend if is_late => {
                Some(conflict("期限已過，不得延長", "the limit has passed, and cannot be extended any more"))
            }
            AskExtension => (!extension::fits(conn, node, self, 1)?).then(|| extension::too_long(node)),
            RevokeExtension if !extension.is_some_and(Extension::stands) => {
                Some(conflict("無已核准之延長", "no extension stands that could be taken back"))
            }
            RequestSupplement if is_late => {
                Some(conflict("期限已過，不得以補充停止計算", "the limit has passed, and a supplement does not make it whole"))
            }
            StrikeSupplement => supplements::unstrikeable(conn, node, by, self)?,
            NoteLetters => letters::unnoted(&self.handling),
            Release | ReleaseUnnamed if !self.row.concerns_settled => {
                required("/concerns", "請先以 PATCH 設定 concerns", "first say by PATCH whom it concerns")
            }
            TreatAsAppeal if self.row.matter(&node.vault)?.against_decision.is_none() => {
                required("/against_decision", "未敘明不服之處分", "it names no decision against which it turns")
            }
            _ => None,
        })
    }

    /// Whether the caller is one of those who do an act.
    fn may(&self, conn: &mut Conn, by: &By, act: PetitionAct) -> Result<bool> {
        use PetitionAct::{
            ApproveFiling, AskExtension, Assign, CancelRequest, CorrectRequest, Draft, Extend, Merge, NoteLetters, ProposeFiling,
            RefuseExtension, RejectFiling, Release, ReleaseUnnamed, Reopen, ReopenGuarded, Reply, ReplyInPart, RequestSupplement,
            RevokeExtension, Screen, ScreenOut, Split, TakeUpAgain, TakeUpUnnamed, TakeUpUnsigned, Unmerge, UnmergeAssigned,
            UnmergeAwaiting, UnmergeDrafted, UnmergeGuarded,
        };
        let is_chief = by.caller.has_role(Role::Chief);
        let leads = by.caller.supervises();
        Ok(match act {
            Screen | ScreenOut | ProposeFiling => is_chief || self.sight.has_custody(&self.row),
            Reopen | TakeUpAgain | TakeUpUnsigned | TakeUpUnnamed => !self.row.guarded,
            ReopenGuarded => self.row.guarded && self.sight.has_custody(&self.row),
            Release | ReleaseUnnamed => self.sight.has_custody(&self.row),
            // Who may handle them together, and who wrote a piece, hangs on who petitions; and a letter names them.
            Merge | Split | NoteLetters => self.sight.reads_original(&self.row),
            Unmerge | UnmergeAssigned | UnmergeAwaiting | UnmergeDrafted => {
                !self.row.guarded && self.sight.reads_original(&self.row)
            }
            UnmergeGuarded => self.row.guarded && self.sight.has_custody(&self.row),
            Assign => self.sight.reads_original(&self.row) && (leads || !self.sight.is_handler(&self.row)),
            // A second stop in one period is another's decision.
            RequestSupplement if self.handling.stopping_supplement().is_some() => leads,
            RequestSupplement | CorrectRequest | CancelRequest | Draft | Reply | ReplyInPart | AskExtension => {
                is_chief || self.sight.is_handler(&self.row)
            }
            Extend | RefuseExtension | RevokeExtension => leads,
            ApproveFiling | RejectFiling => {
                by.caller.has_role(Role::Director) || leads && has_no_director(conn, by.now, self.row.id)?
            }
            _ => true,
        })
    }

    /// Takes it in for handling. Its period runs from its receipt, whatever kept it from this.
    pub fn receive(&mut self, tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
        self.row.registered_at = self.row.registered_at.or(Some(now));
        if self.handling.periods.is_empty() {
            self.begin_period(node, self.row.received_at.date());
        }
        self.tell_remedies(tx, node, now)
    }

    /// Tells the remedies against a decision, in whichever state it is (訴願法 §14); again, where they were told by no more than
    /// `:track` and another way is there since.
    pub fn tell_remedies(&mut self, tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
        if self.row.matter(&node.vault)?.against_decision.is_none() {
            return Ok(());
        }
        let told = self.handling.remedies.map(|(_, told_by)| told_by);
        if told.is_some_and(|told_by| told_by != ToldBy::Tracking) {
            return Ok(());
        }
        if told.is_some() && told::way(tx, node, self)?.0 == ToldBy::Tracking {
            return Ok(());
        }
        // Named again, a decision of which they were told is one of which they know.
        let known = heard::known(node, self, (ToldAbout::Remedies, 1), REPRESENTATIVE)?.map(|one| one.at);
        self.handling.remedies = Some((known.unwrap_or(now), ToldBy::Tracking));
        told::tell(tx, node, self, (ToldAbout::Remedies, 1), now).map(drop)
    }

    /// Begins a period by today's settings, which stay with the petition.
    pub fn begin_period(&mut self, node: &Node, from_on: NaiveDate) {
        let settings: &PetitionSettings = node.config.of();
        let period = self.row.kind.period(settings);
        self.handling.periods.push(RunningPeriod::new(period, from_on, settings.supplement_stops_clock));
        self.handling.extension = None;
    }

    /// Ends it, for its month.
    pub fn end(&mut self, by: &By) {
        self.row.closed_at = Some(by.now);
        self.close_period(by.now, self.row.status);
        self.ended_by(by);
    }

    /// Notes how and when today's period ended.
    pub fn close_period(&mut self, at: Moment, status: PetitionStatus) {
        let (due_at, period) = (self.row.due_at, self.handling.periods.len());
        self.handling.closings.push(Closing { status, at, due_at, period, undone_at: None });
    }

    /// Notes who has ended it: another decides that new facts begin a new period.
    pub fn ended_by(&mut self, by: &By) {
        self.handling.ended = Some(Ended { by: by.caller.name(), at: by.now, from: self.before });
    }

    /// Counts its limit anew where one is counted.
    pub fn recount(&mut self, conn: &mut Conn, node: &Node) -> Result<()> {
        if !self.row.status.is_counted() {
            return Ok(());
        }
        let plan = node.part::<Plans>().at(conn)?;
        let due_at = self.handling.deadline(&plan.calendar)?.map(|deadline| deadline.due_at);
        if due_at != self.row.due_at {
            (self.row.due_at, self.row.warned_at, self.row.overdue_at) = (due_at, None, None);
        }
        Ok(())
    }

    /// Makes it ready to be saved: what waits to be told is judged by what was heard and what stands, and it knows since when a letter or a
    /// call waits, and the last moment of any of its limits.
    fn settle(&mut self, tx: &mut Tx, node: &Node) -> Result<()> {
        if judging::judge(tx, node, self)? {
            self.recount(tx, node)?;
        }
        if !self.handling.tellings.is_empty() {
            self.row.letter_at = self.handling.waits(ToldBy::Letter).map(|(first, _)| first);
            self.row.call_at = self.handling.waits(ToldBy::Call).map(|(_, last)| last);
        }
        let appeal = self.row.matter(&node.vault)?.against_decision.map(|decision| Moment::end_of(decision.appeal_until_on));
        self.row.limits_until = self.handling.limits_until(self.row.due_at).max(appeal);
        self.row.put_handling(&node.vault, &self.handling)
    }

    /// Saves it.
    pub fn put(&mut self, tx: &mut Tx, node: &Node) -> Result<()> {
        self.settle(tx, node)?;
        store::save(tx, &mut self.row)?;
        counting::keep(tx, &self.row, &self.handling)?;
        publications::follow(tx, node, &self.row, &self.handling)
    }

    /// Saves what has gone out: nobody has acted, and whoever has read it may act still at the version that they saw.
    pub fn put_told(&mut self, tx: &mut Tx, node: &Node) -> Result<()> {
        self.settle(tx, node)?;
        store::save_told(tx, &self.row)?;
        counting::keep(tx, &self.row, &self.handling)
    }

    /// Saves it, with a line of its history and of the journal. One that needs no release is open to the office once it is entered.
    pub fn save(&mut self, tx: &mut Tx, node: &Node, act: PetitionAct, actor: &str, (why, now): (&str, Moment)) -> Result<()> {
        let is_entered = matches!(self.row.status, PetitionStatus::Received | PetitionStatus::Screening);
        self.row.guarded &= self.row.needs_custody() || !is_entered;
        self.put(tx, node)?;
        store::add_line(tx, &self.row, act.line().past, actor, (why, now))?;
        note(tx, &self.row, act.line().journal, why)
    }
}

/// Tells the journal; of what is withheld nothing goes into the feed, where a gap would tell of it.
pub fn note(tx: &mut Tx, row: &Petition, action: &'static str, why: &str) -> Result<()> {
    let record = if group::is_withheld(tx, row)? {
        Record::read(action, row.path(), "")
    } else {
        let event = json!({
            "number": row.number, "kind": row.kind, "channel": row.channel, "status": row.status, "due_at": row.due_at
        });
        Record::change(action, row.path(), event)
    };
    tx.record(record.because(why));
    Ok(())
}

/// How a caller sees a petition: as it was written, or not.
pub fn seen_as(id: Id) -> impl Fn(&mut Conn, &By) -> Result<String> + Send + 'static {
    move |conn, by| Ok(format!(" {:?}", known(conn, by, &[id])?))
}

/// Changes one petition: found as far as the caller sees, at the version that they read, judged, saved, told and shown. What
/// somebody does not see any more, or sees through a veil by now, is not shown either by an answer that was kept.
pub async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    id: Id,
    if_match: IfMatch,
    choose: impl Fn(&Open) -> PetitionAct + Send + 'static,
    effect: impl Fn(&mut Tx, &Node, &By, &mut Open) -> Result<String> + Send + 'static,
) -> Result<Reply> {
    may.read(move |conn, by| find(conn, by, id).map(drop)).await?;
    may.write_seen(seen_as(id), move |tx, by| {
        group::take_main(tx, id)?;
        let mut open = Open::of(&node, find(tx, by, id)?)?;
        let act = choose(&open);
        // Whoever decides on what another has written names what they saw.
        if act.line().part == Part::Supervisor {
            if_match.seen(open.row.version)?;
        } else {
            if_match.check(open.row.version)?;
        }
        open.step(tx, &node, by, act)?;
        let why = effect(tx, &node, by, &mut open)?;
        open.recount(tx, &node)?;
        open.save(tx, &node, act, &by.caller.name(), (&why, by.now))?;
        group::keep_alike(tx, &node, by, &open)?;
        shown(tx, &node, by, open)
    })
    .await
}

/// A refusal of the domain that is about no single member.
pub fn conflict(zh: &'static str, en: &'static str) -> Error {
    Problem::new(Code::CONFLICT).detail(zh, en).into()
}

/// That each petitioner has a word of their own in it, while others are merged into the petition.
pub fn others_merged() -> Error {
    conflict("另有陳情併入本案，請先拆回", "others are merged into it: unmerge them first")
}
